with

invoices as (

    select * from {{ ref('silver_invoices') }}

),

numbered as (

    select
        -- ids
        invoice_id,
        event_key as document_id,
        order_id,
        customer_id,

        -- facts
        row_number() over (
            partition by lower(order_id) order by occurred_at, event_key
        ) as number_in_order,
        currency,
        rate_to_eur,
        amount,
        amount_eur,

        -- timestamps
        due_date,
        occurred_at as issued_at,
        loaded_at
    from invoices

)

select * from numbered
