with

checked_events as (

    select * from {{ ref('silver_marketing_checked') }}
    where
        event_type = 'marketing.message.opened.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(message_opened.message_id) as message_id,
        trim(message_opened.campaign_id) as campaign_id,
        customer_id,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
