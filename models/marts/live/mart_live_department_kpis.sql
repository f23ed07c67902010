with

windows as (

    select * from {{ source('live', 'live_department_kpis') }}

),

once as (

    select
        department,
        window_end,
        max(events) as events,
        max(customers) as customers
    from windows
    group by
        department,
        window_end

)

select * from once
