with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.refund.issued.v1'
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
        refund_issued.refund_id,
        refund_issued.invoice_id,
        customer_id,

        -- facts
        refund_issued.reason,
        currency,
        refund_issued.amount,
        {{ to_eur('refund_issued.amount') }} as amount_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from first_copies

)

select * from renamed
