with

checked_events as (

    select * from {{ ref('silver_marketing_checked') }}
    where
        event_type = 'marketing.message.sent.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(message_sent.message_id) as message_id,
        trim(message_sent.campaign_id) as campaign_id,
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
    from checked_events

)

select * from renamed
