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
        month_number,
        month_name,
        day_of_week,
        day_name,
        is_weekend
    from dates

)

select * from chosen
