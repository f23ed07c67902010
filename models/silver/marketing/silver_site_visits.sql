with

checked_events as (

    select * from {{ ref('silver_marketing_checked') }}
    where
        event_type = 'marketing.site.visited.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(site_visited.visit_id) as visit_id,
        trim(site_visited.campaign_id) as campaign_id,
        customer_id,

        -- facts
        site_visited.page,
        {{ clean_text('site_visited.device') }} as device,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
