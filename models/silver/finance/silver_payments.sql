with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.payment.received.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(payment_received.payment_id) as payment_id,
        trim(payment_received.invoice_id) as invoice_id,
        customer_id,

        -- facts
        payment_received.method,
        currency,
        payment_received.amount,
        {{ to_eur('payment_received.amount') }} as amount_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
