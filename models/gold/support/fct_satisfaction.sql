with

survey_answers as (

    select * from {{ ref('silver_survey_answers') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

),

by_month as (

    select
        cast(date_trunc('month', survey_answers.occurred_at) as date) as month,
        coalesce(tickets.category, 'unknown') as category,
        count(*) as response_count,
        count_if(survey_answers.score >= {{ var('satisfied_score') }})
            as satisfied_count,
        avg(survey_answers.score) as average_score
    from survey_answers
    left join tickets on survey_answers.ticket_id = tickets.ticket_id
    group by all

),

with_share as (

    select
        *,
        round(satisfied_count / response_count, 4) as satisfied_share
    from by_month

)

select * from with_share
