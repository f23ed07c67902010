with

ticket_events as (

    select * from {{ ref('fct_ticket_events') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

),

changes as (

    select
        -- no ticket is closed before it is opened, whatever a clock says
        cast(greatest(ticket_events.occurred_at, tickets.opened_at) as date) as date_day,
        coalesce(tickets.priority, 'unknown') as priority,
        count_if(ticket_events.open_change = 1) as opened_count,
        count_if(ticket_events.open_change = -1) as closed_count
    from ticket_events
    inner join tickets on ticket_events.ticket_id = tickets.ticket_id
    group by all

),

days as (

    select
        explode(sequence(min(date_day), max(date_day), interval 1 day))
            as date_day
    from changes

),

priorities as (

    select distinct priority from changes

),

backlog as (

    select
        days.date_day,
        priorities.priority,
        coalesce(changes.opened_count, 0) as opened_count,
        coalesce(changes.closed_count, 0) as closed_count,
        sum(coalesce(changes.opened_count - changes.closed_count, 0)) over (
            partition by priorities.priority order by days.date_day
        ) as open_count
    from days
    cross join priorities
    left join changes
        on
            days.date_day = changes.date_day
            and priorities.priority = changes.priority

)

select * from backlog
