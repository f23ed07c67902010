{#- model, event, and what the model tells: priority, agent, resolution, goodwill, goodwill in euros -#}
{%- set sources = [
    ('silver_tickets_opened', "'opened'", 'priority', 'null', 'null', '0', '0'),
    ('silver_ticket_updates', 'status', 'priority', 'agent_id', 'null', '0', '0'),
    ('silver_tickets_closed', "'closed'", 'null', 'null', 'resolution', 'goodwill', 'goodwill_eur')
] -%}
{%- set of_touched_tickets = touched(
    'ticket_id', ['silver_tickets_opened', 'silver_ticket_updates', 'silver_tickets_closed']
) -%}

with

{% for model in sources | map('first') -%}
{{ model }} as (

    select * from {{ ref(model) }} {{ of_touched_tickets }}

),

{% endfor -%}
events as (

    {% for model, event, priority, agent, resolution, goodwill, goodwill_eur in sources -%}
    select
        event_key,
        ticket_id,
        customer_id,
        {{ event }} as event,
        {{ priority }} as priority,
        {{ agent }} as agent_id,
        {{ resolution }} as resolution,
        cast({{ goodwill }} as decimal(19, 4)) as goodwill,
        cast({{ goodwill_eur }} as decimal(19, 4)) as goodwill_eur,
        occurred_at,
        loaded_at
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

numbered as (

    select
        * except (ticket_id, loaded_at),
        -- its opening tells how it is written; each other event may write it in another case
        first_value(ticket_id) over life as ticket_id,
        row_number() over life as event_number,
        cast(event <> 'closed' as int)
        - lag(cast(event <> 'closed' as int), 1, 0) over life as open_change,
        -- an event changes the numbers of those behind it
        max(loaded_at) over (partition by lower(ticket_id)) as loaded_at
    from events
    -- first its opening, by whatever clock; events of the same moment: in the order of a ticket's life
    window life as (
        partition by lower(ticket_id)
        order by
            event <> 'opened',
            occurred_at,
            array_position(
                array('opened', 'in_progress', 'waiting', 'closed', 'reopened'),
                event
            ),
            event_key
    )

)

select * from numbered
