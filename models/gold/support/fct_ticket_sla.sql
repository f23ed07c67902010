with

tickets as (

    select * from {{ ref('fct_tickets') }}

),

targets as (

    select * from {{ ref('sla_targets') }}

),

due as (

    select
        tickets.*,
        targets.response_hours,
        targets.resolve_hours,
        tickets.opened_at + make_interval(0, 0, 0, 0, targets.response_hours)
            as response_due_at,
        tickets.opened_at + make_interval(0, 0, 0, 0, targets.resolve_hours)
            as resolve_due_at,
        {{ as_of('support_moment', 'timestamp', 'tickets.updated_at') }} as as_of
    from tickets
    inner join targets on tickets.priority = targets.priority
    where tickets.opened_at is not null

),

judged as (

    select
        -- ids
        ticket_id,

        -- facts
        priority,
        response_hours,
        resolve_hours,
        {{ kept('first_response_at', 'opened_at', 'response_due_at', 'as_of') }}
            as response_status,
        {{ kept('if(is_open, null, closed_at)', 'opened_at', 'resolve_due_at', 'as_of') }}
            as resolve_status,
        {{ business_hours_between('opened_at', 'first_response_at') }}
            as business_hours_to_response,
        {{ business_hours_between('opened_at', 'if(is_open, null, closed_at)') }}
            as business_hours_to_resolve,

        -- timestamps
        opened_at,
        response_due_at,
        resolve_due_at,
        as_of
    from due

)

select * from judged
