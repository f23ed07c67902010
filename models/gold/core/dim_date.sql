with

days as (

    select
        explode(
            sequence(
                date '{{ var("first_day") }}',
                date '{{ var("last_day") }}',
                interval 1 day
            )
        ) as date_day

),

described as (

    select
        date_day,
        year(date_day) as year,
        quarter(date_day) as quarter,
        cast(date_trunc('month', date_day) as date) as month,
        cast(date_trunc('week', date_day) as date) as week,
        weekday(date_day) + 1 as day_of_week,
        weekday(date_day) >= 5 as is_weekend
    from days

)

select * from described
