with

tickets as (

    select * from {{ ref('fct_tickets') }}

),

by_month as (

    select
        cast(date_trunc('month', answered_at) as date) as month,
        coalesce(category, 'unknown') as category,
        count(*) as response_count,
        count_if(score >= {{ var('satisfied_score') }}) as satisfied_count,
        avg(score) as average_score
    from tickets
    where score is not null
    group by all

),

with_share as (

    select
        *,
        round(satisfied_count / response_count, 4) as satisfied_share
    from by_month

)

select * from with_share
