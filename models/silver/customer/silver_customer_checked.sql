with

events as (

    select * from {{ ref('bronze_customer_events') }}

),

checked as (

    select
        *,
        case
            when profile_updated is null and profile_closed is null
                then 'no model reads this type'
        end as reject_reason
    from events

)

select * from checked
