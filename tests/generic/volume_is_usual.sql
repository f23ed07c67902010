{#- The newest whole day has about as many rows as the days before it: within so many standard deviations of their
    mean, each day without a row counted as zero. The newest day of all is still open, so the one before it is judged;
    the root of the mean stands in where days hardly vary. A warning: volume may change for good reasons. -#}
{% test volume_is_usual(model, column_name, days=28, deviations=4) %}
    {{ config(severity='warn') }}

with

daily as (

    select
        cast({{ column_name }} as date) as day,
        count(*) as row_count
    from {{ model }}
    where {{ column_name }} is not null
    group by all

),

judged as (

    select max(day) - interval 1 day as day
    from daily

),

calendar as (

    select explode(sequence(day - interval {{ days }} days, day)) as day
    from judged

),

counted as (

    select
        calendar.day,
        coalesce(daily.row_count, 0) as row_count
    from calendar
    left join daily on calendar.day = daily.day

),

usual as (

    select
        avg(counted.row_count) as mean,
        greatest(stddev(counted.row_count), sqrt(avg(counted.row_count)), 1) as deviation
    from counted
    inner join judged on counted.day < judged.day

)

select
    counted.day,
    counted.row_count,
    usual.mean,
    usual.deviation
from counted
inner join judged on counted.day = judged.day
cross join usual
where abs(counted.row_count - usual.mean) > {{ deviations }} * usual.deviation

{% endtest %}
