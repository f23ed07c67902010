{%- set recently_loaded = is_recently_loaded() -%}

with

profile_updates as (

    select * from {{ ref('silver_profile_updates') }}

),

profile_closures as (

    select * from {{ ref('silver_profile_closures') }}

),

changed as (

    select customer_id from profile_updates
    where {{ recently_loaded }}
    union
    select customer_id from profile_closures
    where {{ recently_loaded }}

),

latest_profiles as (

    select * from profile_updates
    where customer_id in (select customer_id from changed)
    qualify row_number() over (
        partition by customer_id
        order by occurred_at desc, enqueued_at desc, event_key desc
    ) = 1

),

closures as (

    select
        *,
        struct(occurred_at, enqueued_at, event_key) as place
    from profile_closures
    where customer_id in (select customer_id from changed)

),

-- a profile changed after it was closed is open again; until then, who was merged stays merged
standing_closures as (

    select
        closures.customer_id,
        max_by(closures.closure_reason, closures.place) as closure_reason,
        max_by(closures.merged_into, if(closures.merged_into is null, null, closures.place))
            as merged_into,
        max(closures.occurred_at) as occurred_at,
        max(closures.loaded_at) as loaded_at
    from closures
    left join latest_profiles on closures.customer_id = latest_profiles.customer_id
    where
        latest_profiles.customer_id is null
        or closures.occurred_at >= latest_profiles.occurred_at
    group by closures.customer_id

),

joined as (

    select
        -- ids
        customer_id,
        standing_closures.merged_into,

        -- profile
        latest_profiles.first_name,
        latest_profiles.last_name,
        latest_profiles.email,
        latest_profiles.phone,
        latest_profiles.birth_date,
        latest_profiles.street,
        latest_profiles.city,
        latest_profiles.postal_code,
        latest_profiles.country_code,
        latest_profiles.segment,
        latest_profiles.channel,
        standing_closures.closure_reason,
        coalesce(latest_profiles.has_marketing_consent, false)
            as has_marketing_consent,
        standing_closures.customer_id is not null as is_closed,

        -- timestamps
        greatest(latest_profiles.occurred_at, standing_closures.occurred_at)
            as updated_at,
        greatest(latest_profiles.loaded_at, standing_closures.loaded_at)
            as loaded_at
    from latest_profiles
    full outer join standing_closures using (customer_id)

)

select * from joined
