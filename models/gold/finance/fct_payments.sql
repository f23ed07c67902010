with

payments as (

    select * from {{ ref('silver_payments') }}

),

invoices as (

    select * from {{ ref('invoices_issued') }}

),

-- a payment that was reported twice counts as it was reported first
first_reports as (

    select * from payments
    qualify row_number() over (
        partition by payment_id order by occurred_at, event_id
    ) = 1

),

joined as (

    select
        -- ids
        first_reports.payment_id,
        first_reports.invoice_id,
        invoices.order_id,
        first_reports.customer_id,

        -- facts
        first_reports.method,
        first_reports.currency,
        first_reports.amount,
        first_reports.amount_eur,
        invoices.invoice_id is not null as has_invoice,
        datediff(first_reports.occurred_at, invoices.issued_at)
            as days_to_pay,
        cast(first_reports.occurred_at as date) > invoices.due_date as is_late,

        -- timestamps
        cast(first_reports.occurred_at as date) as paid_on,
        first_reports.occurred_at as paid_at
    from first_reports
    left join invoices on first_reports.invoice_id = invoices.invoice_id

)

select * from joined
