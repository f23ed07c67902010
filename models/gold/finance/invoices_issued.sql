with

invoices as (

    select * from {{ ref('silver_invoices') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

-- an invoice that was issued twice counts as it was issued first
first_issues as (

    select * from invoices
    qualify row_number() over (
        partition by invoice_id order by occurred_at, event_id
    ) = 1

),

numbered as (

    select
        -- ids
        first_issues.invoice_id,
        first_issues.event_id as document_id,
        first_issues.order_id,
        first_issues.customer_id,

        -- facts
        row_number() over (
            partition by first_issues.order_id
            order by first_issues.occurred_at, first_issues.event_id
        ) as number_in_order,
        first_issues.currency,
        exchange_rates.rate_to_eur,
        first_issues.amount,
        first_issues.amount_eur,

        -- timestamps
        first_issues.due_date,
        first_issues.occurred_at as issued_at
    from first_issues
    inner join exchange_rates
        on first_issues.currency = exchange_rates.currency

)

select * from numbered
