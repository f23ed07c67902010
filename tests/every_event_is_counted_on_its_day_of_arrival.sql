-- a difference: no build ran for longer than the look-back, or a full refresh began behind the first arrival;
-- the way out is a full refresh with FIRST_ARRIVALS set to the first month
{{ config(store_failures=false) }}
with

daily as (

    select * from {{ ref('fct_department_events_daily') }}

),

arrivals as (

    {% for department in departments() -%}
    select
        '{{ department }}' as department,
        enqueued_at
    from {{ ref('bronze_' ~ department ~ '_events') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted as (

    select
        department,
        sum(events) as counted_events,
        max(complete_until) as complete_until
    from daily
    group by department

),

compared as (

    select
        department,
        coalesce(max(counted.counted_events), 0) as counted_events,
        count_if(arrivals.enqueued_at <= coalesce(counted.complete_until, arrivals.enqueued_at)) as bronze_events
    from arrivals
    full outer join counted using (department)
    group by department

)

select * from compared
where counted_events <> bronze_events
