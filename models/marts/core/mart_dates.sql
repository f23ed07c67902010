with

dates as (

    select * from {{ ref('dim_date') }}

),

chosen as (

    select
        date_day,
        year,
        quarter,
        month,
        week,
        day_of_week,
        is_weekend
    from dates

)

select * from chosen
