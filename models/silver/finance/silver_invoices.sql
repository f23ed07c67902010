with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.invoice.issued.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(invoice_issued.invoice_id) as invoice_id,
        trim(invoice_issued.order_id) as order_id,
        customer_id,

        -- facts
        currency,
        invoice_issued.amount,
        {{ to_eur('invoice_issued.amount') }} as amount_eur,
        rate_to_eur,
        invoice_issued.due_date,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
