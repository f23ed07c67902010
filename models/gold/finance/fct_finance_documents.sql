with

invoices as (

    select * from {{ ref('silver_invoices') }}

),

payments as (

    select * from {{ ref('silver_payments') }}

),

refunds as (

    select * from {{ ref('silver_refunds') }}

),

write_offs as (

    select * from {{ ref('silver_write_offs') }}

),

documents as (

    select
        event_id,
        invoice_id as document_number,
        invoice_id,
        customer_id,
        'invoice' as document_type,
        currency,
        amount,
        amount_eur,
        occurred_at
    from invoices
    union all
    select
        event_id,
        payment_id,
        invoice_id,
        customer_id,
        'payment',
        currency,
        amount,
        amount_eur,
        occurred_at
    from payments
    union all
    select
        event_id,
        refund_id,
        invoice_id,
        customer_id,
        'refund',
        currency,
        amount,
        amount_eur,
        occurred_at
    from refunds
    union all
    select
        event_id,
        event_id as document_number,
        invoice_id,
        customer_id,
        'write_off',
        currency,
        amount,
        amount_eur,
        occurred_at
    from write_offs

),

-- a document that was reported twice counts as it was reported first
first_reports as (

    select * from documents
    qualify row_number() over (
        partition by document_type, document_number
        order by occurred_at, event_id
    ) = 1

),

renamed as (

    select
        event_id as document_id,
        invoice_id,
        customer_id,
        document_type,
        currency,
        amount,
        amount_eur,
        cast(occurred_at as date) as booked_on,
        occurred_at as booked_at
    from first_reports

)

select * from renamed
