{%- set of_touched_invoices = touched('invoice_id', ['silver_payments', 'invoices_issued']) -%}

with

payments as (

    select * from {{ ref('silver_payments') }} {{ of_touched_invoices }}

),

invoices as (

    select * from {{ ref('invoices_issued') }} {{ of_touched_invoices }}

),

joined as (

    select
        -- ids
        payments.payment_id,
        coalesce(invoices.invoice_id, payments.invoice_id) as invoice_id,
        invoices.order_id,
        payments.customer_id,

        -- facts
        payments.method,
        payments.currency,
        payments.amount,
        payments.amount_eur,
        invoices.invoice_id is not null as has_invoice,
        datediff(payments.occurred_at, invoices.issued_at)
            as days_to_pay,
        cast(payments.occurred_at as date) > invoices.due_date as is_late,

        -- timestamps
        cast(payments.occurred_at as date) as paid_on,
        payments.occurred_at as paid_at,
        greatest(payments.loaded_at, invoices.loaded_at) as loaded_at
    from payments
    left join invoices on lower(payments.invoice_id) = lower(invoices.invoice_id)

)

select * from joined
