with

checked_events as (

    select * from {{ ref('silver_customer_checked') }}
    where
        event_type = 'customer.profile.updated.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

countries as (

    select * from {{ ref('countries') }}

),

renamed as (

    select
        -- ids
        checked_events.event_key,
        checked_events.event_id,
        checked_events.customer_id,

        -- facts
        trim(profile_updated.first_name) as first_name,
        trim(profile_updated.last_name) as last_name,
        {{ clean_text('profile_updated.email') }} as email,
        {{ clean_phone('profile_updated.phone') }} as phone,
        profile_updated.birth_date,
        profile_updated.address.street,
        profile_updated.address.city,
        profile_updated.address.postal_code,
        countries.country_code,
        {{ clean_text('profile_updated.segment') }} as segment,
        {{ clean_text('profile_updated.channel') }} as channel,
        coalesce(profile_updated.marketing_consent, false) as has_marketing_consent,

        -- timestamps
        checked_events.occurred_at,
        checked_events.enqueued_at,
        checked_events.loaded_at
    from checked_events
    left join countries
        on lower(trim(profile_updated.address.country)) = countries.spelling

)

select * from renamed
