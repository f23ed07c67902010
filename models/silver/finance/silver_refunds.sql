with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.refund.issued.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(refund_issued.refund_id) as refund_id,
        trim(refund_issued.invoice_id) as invoice_id,
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
    from checked_events

)

select * from renamed
