{%- set all_arrivals = [] -%}

with

{% for department in departments() -%}
{{ department }}_events as (

    select * from {{ ref('silver_' ~ department ~ '_checked') }}

),

{% endfor -%}
arrivals as (

    {% for department in departments() -%}
    {%- do all_arrivals.append(ref('silver_' ~ department ~ '_checked')) -%}
    select
        '{{ department }}' as department,
        enqueued_at
    from {{ department }}_events
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- a month that is over is counted whole; an open one up to the last whole minute,
-- since the live windows, (start, end], go on from there
complete as (

    select
        department,
        {{ complete_until(all_arrivals) }} as complete_until
    from arrivals
    group by department

),

daily as (

    select
        arrivals.department,
        cast(arrivals.enqueued_at as date) as date_day,
        count_if(arrivals.enqueued_at <= complete.complete_until) as events,
        complete.complete_until
    from arrivals
    inner join complete on arrivals.department = complete.department
    group by all

)

select * from daily
