with

profile_updates as (

    select * from {{ ref('silver_profile_updates') }}

),

profile_closures as (

    select * from {{ ref('silver_profile_closures') }}

),

changes as (

    select
        event_key,
        customer_id,
        occurred_at,
        enqueued_at,
        loaded_at,
        false as is_closed,
        null as merged_into,
        struct(city, country_code, segment, has_marketing_consent) as profile
    from profile_updates
    union all
    select
        event_key,
        customer_id,
        occurred_at,
        enqueued_at,
        loaded_at,
        true as is_closed,
        merged_into,
        null as profile
    from profile_closures

),

-- a closure says nothing of the profile, so the one before it goes on
carried as (

    select
        * except (profile),
        last_value(profile, true) over so_far as profile,
        count_if(not is_closed) over so_far as profile_number
    from changes
    window so_far as (
        partition by customer_id order by occurred_at, is_closed, enqueued_at, event_key
        rows between unbounded preceding and current row
    )

),

-- until a profile opens it again, who was merged stays merged
merged as (

    select
        * except (merged_into),
        last_value(merged_into, true) over (
            partition by customer_id, profile_number
            order by occurred_at, is_closed, enqueued_at, event_key
            rows between unbounded preceding and current row
        ) as merged_into
    from carried

),

last_of_each_moment as (

    select * from merged
    qualify row_number() over (
        partition by customer_id, occurred_at
        order by is_closed desc, enqueued_at desc, event_key desc
    ) = 1

),

versions as (

    select
        event_key,
        customer_id,
        merged_into,
        profile.city,
        profile.country_code,
        profile.segment,
        coalesce(profile.has_marketing_consent, false) as has_marketing_consent,
        is_closed,
        lead(occurred_at) over moments is null as is_current,
        occurred_at as valid_from,
        lead(occurred_at) over moments as valid_to,
        loaded_at
    from last_of_each_moment
    window moments as (partition by customer_id order by occurred_at)

)

select * from versions
