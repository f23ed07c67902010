{#- The newest whole day has about as many rows as the days before it, or as much of an amount: within so many standard
    deviations of their mean, each day without a row counted as zero. The newest day of all is still open, so the one before
    it is judged; the root of the mean stands in where days hardly vary, and of amounts the mean, since one large order is no
    fault. A warning: volume may change for good reasons. -#}
{% test volume_is_usual(model, column_name, amount=none, days=28, deviations=4) %}
    {{ config(severity='warn') }}

with

daily as (

    select
        cast({{ column_name }} as date) as day,
        {{ 'sum(' ~ amount ~ ')' if amount else 'count(*)' }} as volume
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
        coalesce(daily.volume, 0) as volume
    from calendar
    left join daily on calendar.day = daily.day

),

usual as (

    select
        avg(counted.volume) as mean,
        greatest(
            stddev(counted.volume), {{ 'avg(counted.volume)' if amount else 'sqrt(avg(counted.volume))' }}, 1
        ) as deviation
    from counted
    inner join judged on counted.day < judged.day

)

select
    counted.day,
    counted.volume,
    usual.mean,
    usual.deviation
from counted
inner join judged on counted.day = judged.day
cross join usual
where abs(counted.volume - usual.mean) > {{ deviations }} * usual.deviation

{% endtest %}
