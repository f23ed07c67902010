-- by priority, what is open at the end of the last day is what fct_tickets calls open
select
    priority,
    sum(backlog) as backlog,
    sum(tickets) as tickets
from (
    select priority, open_count as backlog, 0 as tickets
    from {{ ref('fct_ticket_backlog') }}
    qualify date_day = max(date_day) over ()
    union all
    select coalesce(priority, 'unknown') as priority, 0 as backlog, cast(is_open as int) as tickets
    from {{ ref('fct_tickets') }}
) as both_counts
group by priority
having sum(backlog) <> sum(tickets)
