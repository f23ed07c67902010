with

events as (

    select * from {{ ref('bronze_customer_events') }}
    where {{ is_newly_loaded() }}

),

described as (

    {{ described('customer', 'events') }}

),

judged as (

    select
        *,
        cast(null as decimal(19, 8)) as rate_to_eur,
        case
            {{ faults_of_any('customer') }}
            when
                profile_closed.reason = 'merged'
                and coalesce(trim(profile_closed.merged_into), '') = ''
                then 'merged_into is missing'
            when
                profile_closed.reason = 'merged'
                and trim(profile_closed.merged_into) = customer_id
                then 'merged into itself'
        end as reject_reason
    from described

),

{{ identified('judged') }},

checked as (

    {{ checked('judged', 'ruled') }}

)

select * from checked
