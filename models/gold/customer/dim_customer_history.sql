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
        last_value(profile, true) over (
            partition by customer_id order by occurred_at, is_closed, event_key
            rows between unbounded preceding and current row
        ) as profile
    from changes

),

last_of_each_moment as (

    select * from carried
    qualify row_number() over (
        partition by customer_id, occurred_at order by is_closed desc, event_key desc
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
