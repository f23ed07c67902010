with

tickets_opened as (

    select * from {{ ref('silver_tickets_opened') }}

),

ticket_updates as (

    select * from {{ ref('silver_ticket_updates') }}

),

tickets_closed as (

    select * from {{ ref('silver_tickets_closed') }}

),

events as (

    select
        event_key,
        ticket_id,
        customer_id,
        'opened' as event,
        priority,
        null as agent_id,
        null as resolution,
        cast(0 as decimal(19, 4)) as goodwill,
        cast(0 as decimal(19, 4)) as goodwill_eur,
        occurred_at
    from tickets_opened
    union all
    select
        event_key,
        ticket_id,
        customer_id,
        status,
        priority,
        agent_id,
        null,
        0,
        0,
        occurred_at
    from ticket_updates
    union all
    select
        event_key,
        ticket_id,
        customer_id,
        'closed',
        null,
        null,
        resolution,
        goodwill,
        goodwill_eur,
        occurred_at
    from tickets_closed

),

numbered as (

    select
        *,
        row_number() over life as event_number,
        cast(event <> 'closed' as int)
        - lag(cast(event <> 'closed' as int), 1, 0) over life as open_change
    from events
    -- events of the same moment: in the order of a ticket's life
    window life as (
        partition by ticket_id
        order by
            occurred_at,
            array_position(
                array('opened', 'in_progress', 'waiting', 'closed', 'reopened'),
                event
            ),
            event_key
    )

)

select * from numbered
