with

survey_answers as (

    select * from {{ ref('silver_survey_answers') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

),

-- what was reported twice was answered once
answers as (

    select * from survey_answers
    qualify row_number() over (
        partition by survey_id order by occurred_at, event_id
    ) = 1

),

by_month as (

    select
        cast(date_trunc('month', answers.occurred_at) as date) as month,
        coalesce(tickets.category, 'unknown') as category,
        count(*) as response_count,
        count_if(answers.score >= {{ var('satisfied_score') }})
            as satisfied_count,
        avg(answers.score) as average_score
    from answers
    left join tickets on answers.ticket_id = tickets.ticket_id
    group by all

),

with_share as (

    select
        *,
        round(satisfied_count / response_count, 4) as satisfied_share
    from by_month

)

select * from with_share
