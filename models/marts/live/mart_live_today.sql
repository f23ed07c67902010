with

history as (

    select * from {{ ref('fct_department_events_daily') }}

),

windows as (

    select * from {{ ref('mart_live_department_kpis') }}

),

published as (

    select
        department,
        max(complete_until) as published_until
    from history
    group by department

),

-- the minutes that the last build did not hold whole
live_minutes as (

    select
        windows.department,
        cast(dateadd(minute, -1, windows.window_end) as date) as date_day,
        windows.events
    from windows
    left join published on windows.department = published.department
    where
        published.published_until is null
        or windows.window_end > published.published_until

),

both_parts as (

    select
        department,
        date_day,
        events as published_events,
        cast(0 as bigint) as live_events
    from history
    union all
    select
        department,
        date_day,
        cast(0 as bigint) as published_events,
        events as live_events
    from live_minutes

),

days as (

    select
        department,
        date_day,
        sum(published_events) as published_events,
        sum(live_events) as live_events,
        sum(published_events + live_events) as events
    from both_parts
    group by
        department,
        date_day

),

moments as (

    select
        max(window_end) as live_until,
        cast(dateadd(minute, -1, max(window_end)) as date) as open_day
    from windows

),

joined as (

    select
        days.department,
        days.date_day,
        days.published_events,
        days.live_events,
        days.events,
        cast(
            case when days.date_day = moments.open_day then 1 else 0 end as bit
        ) as is_open,
        published.published_until,
        moments.live_until
    from days
    cross join moments
    left join published on days.department = published.department

)

select * from joined
