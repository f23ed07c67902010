with

checked_events as (

    select * from {{ ref('silver_marketing_checked') }}
    where
        event_type = 'marketing.subscription.changed.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        customer_id,

        -- facts
        subscription_changed.channel,
        subscription_changed.subscribed as is_subscribed,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
