with

invoices as (

    select * from {{ ref('silver_invoices') }}

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
        invoice_id,
        event_id as document_id,
        order_id,
        customer_id,

        -- facts
        row_number() over (
            partition by order_id order by occurred_at, event_id
        ) as number_in_order,
        currency,
        rate_to_eur,
        amount,
        amount_eur,

        -- timestamps
        due_date,
        occurred_at as issued_at
    from first_issues

)

select * from numbered
