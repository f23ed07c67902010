{%- set end_of_next_year = 'make_date(year(current_date()) + 1, 12, 31)' -%}
{%- set last_day = "date '" ~ var('last_day') ~ "'" if var('last_day') else end_of_next_year -%}

with

days as (

    select
        explode(
            sequence(
                date '{{ var("first_day") }}',
                {{ last_day }},
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
        month(date_day) as month_number,
        date_format(date_day, 'MMMM') as month_name,
        weekday(date_day) + 1 as day_of_week,
        date_format(date_day, 'EEEE') as day_name,
        weekday(date_day) >= 5 as is_weekend
    from days

)

select * from described
