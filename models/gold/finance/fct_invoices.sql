with

invoices as (

    select * from {{ ref('silver_invoices') }}

),

documents as (

    select * from {{ ref('fct_finance_documents') }}

),

issued as (

    select * from invoices
    qualify row_number() over (
        partition by invoice_id order by occurred_at, event_id
    ) = 1

),

settlements as (

    select
        invoice_id,
        sum(case when document_type = 'payment' then amount else 0 end)
            as paid_amount,
        sum(case when document_type = 'refund' then amount else 0 end)
            as refunded_amount,
        sum(case when document_type = 'write_off' then amount else 0 end)
            as written_off_amount,
        max(case when document_type = 'payment' then booked_at end)
            as last_paid_at
    from documents
    group by invoice_id

),

joined as (

    select
        -- ids
        issued.invoice_id,
        issued.order_id,
        issued.customer_id,

        -- facts
        issued.currency,
        issued.amount,
        issued.amount_eur,
        cast(settlements.paid_amount as decimal(19, 4)) as paid_amount,
        cast(settlements.refunded_amount as decimal(19, 4))
            as refunded_amount,
        cast(settlements.written_off_amount as decimal(19, 4))
            as written_off_amount,
        cast(
            issued.amount
            - settlements.paid_amount
            - settlements.written_off_amount
            + settlements.refunded_amount as decimal(19, 4)
        ) as open_amount,

        -- timestamps
        issued.due_date,
        issued.occurred_at as issued_at,
        settlements.last_paid_at
    from issued
    inner join settlements on issued.invoice_id = settlements.invoice_id

)

select * from joined
