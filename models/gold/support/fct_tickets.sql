{%- set of_touched_tickets = touched(
    'ticket_id', ['fct_ticket_events', 'silver_tickets_opened', 'silver_survey_answers']
) -%}
{#- a help desk may tell a reopening by work that goes on -#}
{%- set is_reopening = "event = 'reopened' or (open_change = 1 and event_number > 1)" -%}

with

tickets_opened as (

    select * from {{ ref('silver_tickets_opened') }} {{ of_touched_tickets }}

),

survey_answers as (

    select * from {{ ref('silver_survey_answers') }} {{ of_touched_tickets }}

),

ticket_events as (

    select * from {{ ref('fct_ticket_events') }} {{ of_touched_tickets }}

),

scores as (

    select
        lower(ticket_id) as ticket_key,
        max_by(score, struct(occurred_at, enqueued_at, event_key)) as score,
        max(occurred_at) as answered_at,
        max(loaded_at) as loaded_at
    from survey_answers
    group by ticket_key

),

-- a ticket may be known by a later event alone, when its opening never came
lives as (

    select
        ticket_id,
        lower(ticket_id) as ticket_key,
        min(customer_id) as customer_id,
        max_by(priority, if(priority is not null, event_number, null)) as priority,
        max_by(agent_id, if(agent_id is not null, event_number, null)) as agent_id,
        max_by(resolution, if(event = 'closed', event_number, null)) as resolution,
        max_by(event, event_number) as current_status,
        sum(open_change) = 1 as is_open,
        count(*) as event_count,
        count_if({{ is_reopening }}) as reopen_count,
        count_if(event = 'waiting') as wait_count,
        count(distinct agent_id) as agent_count,
        cast(sum(goodwill) as decimal(19, 4)) as goodwill,
        cast(sum(goodwill_eur) as decimal(19, 4)) as goodwill_eur,
        min(if(event = 'opened', occurred_at, null)) as opened_at,
        min(if(event <> 'opened', occurred_at, null)) as first_response_at,
        min(if(event = 'closed', occurred_at, null)) as first_closed_at,
        max(if({{ is_reopening }}, occurred_at, null)) as reopened_at,
        -- a close of what is closed already closes nothing
        coalesce(
            max(if(event = 'closed' and open_change = -1, occurred_at, null)),
            max(if(event = 'closed', occurred_at, null))
        ) as closed_at,
        max(occurred_at) as updated_at,
        max(loaded_at) as loaded_at
    from ticket_events
    group by ticket_id

),

joined as (

    select
        lives.* except (customer_id, wait_count, loaded_at),
        coalesce(tickets_opened.customer_id, lives.customer_id) as customer_id,
        tickets_opened.order_id,
        tickets_opened.category,
        tickets_opened.channel,
        scores.score,
        scores.answered_at,
        not lives.is_open and lives.reopen_count = 0
        and lives.wait_count = 0 and lives.agent_count <= 1
            as is_resolved_at_first_contact,
        {{ hours_between('opened_at', 'first_response_at') }} as hours_to_first_response,
        {{ hours_between('opened_at', 'closed_at') }} as hours_to_close,
        greatest(lives.loaded_at, tickets_opened.loaded_at, scores.loaded_at) as loaded_at
    from lives
    left join tickets_opened on lives.ticket_key = lower(tickets_opened.ticket_id)
    left join scores on lives.ticket_key = scores.ticket_key

)

select * from joined
