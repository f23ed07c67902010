with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.payment.received.v1'
        and reject_reason is null
        {{ and_recently_loaded() }}

),

first_copies as (

    select * from checked_events
    qualify row_number() over (
        partition by event_id order by enqueued_at, sequence_number
    ) = 1

),

renamed as (

    select
        -- ids
        event_id,
        payment_received.payment_id,
        payment_received.invoice_id,
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
    from first_copies

)

select * from renamed
