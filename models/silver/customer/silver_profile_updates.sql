with

checked_events as (

    select * from {{ ref('silver_customer_checked') }}
    where
        event_type = 'customer.profile.updated.v1'
        and reject_reason is null
        {{ and_recently_loaded() }}

),

countries as (

    select * from {{ ref('countries') }}

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
        first_copies.event_id,
        first_copies.customer_id,

        -- facts
        trim(profile_updated.first_name) as first_name,
        trim(profile_updated.last_name) as last_name,
        {{ clean_email('profile_updated.email') }} as email,
        {{ clean_phone('profile_updated.phone') }} as phone,
        profile_updated.birth_date,
        profile_updated.address.street,
        profile_updated.address.city,
        profile_updated.address.postal_code,
        countries.country_code,
        lower(profile_updated.segment) as segment,
        profile_updated.channel,
        coalesce(profile_updated.marketing_consent, false) as has_marketing_consent,

        -- timestamps
        first_copies.occurred_at,
        first_copies.enqueued_at,
        first_copies.loaded_at
    from first_copies
    left join countries
        on lower(trim(profile_updated.address.country)) = countries.spelling

)

select * from renamed
