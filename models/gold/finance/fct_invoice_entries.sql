with

invoices as (

    select * from {{ ref('invoices_issued') }}

),

documents as (

    select * from {{ ref('fct_finance_documents') }}

),

returns as (

    select * from {{ ref('silver_returns_of_orders') }}

),

movements as (

    select
        documents.document_id as entry_id,
        invoices.invoice_id,
        documents.document_type as entry_type,
        {{ in_currency_of('invoices', 'documents') }} as amount,
        documents.booked_at
    from documents
    inner join invoices on lower(documents.invoice_id) = lower(invoices.invoice_id)

    union all

    -- what came back is credited to the order's first invoice
    select
        returns.event_key,
        invoices.invoice_id,
        'return',
        {{ in_currency_of('invoices', 'returns') }},
        returns.occurred_at
    from returns
    inner join invoices on lower(returns.order_id) = lower(invoices.order_id)
    where invoices.number_in_order = 1 and returns.is_of_its_customer

),

signed as (

    select
        *,
        if(entry_type in ('invoice', 'refund'), amount, -amount) as open_change
    from movements

),

balanced as (

    select
        entry_id,
        invoice_id,
        entry_type,
        amount,
        cast(open_change as decimal(19, 4)) as open_change,
        -- a payment may be dated before the invoice that it pays
        cast(
            sum(open_change) over (
                partition by invoice_id
                order by entry_type <> 'invoice', booked_at, entry_id
            ) as decimal(19, 4)
        ) as open_amount,
        booked_at
    from signed

)

select * from balanced
