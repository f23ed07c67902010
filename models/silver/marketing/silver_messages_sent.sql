with

checked_events as (

    select * from {{ ref('silver_marketing_checked') }}
    where
        event_type = 'marketing.message.sent.v1'
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
        message_sent.message_id,
        message_sent.campaign_id,
        customer_id,

        -- facts
        message_sent.campaign_name,
        message_sent.channel,
        currency,
        message_sent.cost,
        {{ to_eur('message_sent.cost') }} as cost_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from first_copies

)

select * from renamed
