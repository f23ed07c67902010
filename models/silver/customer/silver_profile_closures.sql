with

checked_events as (

    select * from {{ ref('silver_customer_checked') }}
    where
        event_type = 'customer.profile.closed.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        -- a merge into another spelling of oneself is none
        if(
            profile_closed.reason = 'merged'
            and lower(trim(profile_closed.merged_into)) <> lower(customer_id),
            trim(profile_closed.merged_into),
            null
        ) as merged_into,
        customer_id,

        -- facts
        profile_closed.reason as closure_reason,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
