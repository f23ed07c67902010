with

satisfaction as (

    select * from {{ ref('fct_satisfaction') }}

),

chosen as (

    select
        month,
        category,
        response_count,
        satisfied_count,
        average_score,
        satisfied_share
    from satisfaction

)

select * from chosen
