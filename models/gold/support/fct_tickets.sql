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

survey_answers as (

    select * from {{ ref('silver_survey_answers') }}

),

-- a ticket may be known by a later event alone, when its opening never came
history as (

    select
        ticket_id,
        customer_id,
        occurred_at,
        'opened' as event,
        0 as goodwill
    from tickets_opened
    union all
    select
        ticket_id,
        customer_id,
        occurred_at,
        status,
        0
    from ticket_updates
    union all
    select
        ticket_id,
        customer_id,
        occurred_at,
        'closed',
        goodwill
    from tickets_closed

),

lives as (

    select
        ticket_id,
        min(customer_id) as customer_id,
        min(case when event = 'opened' then occurred_at end) as opened_at,
        max(case when event = 'closed' then occurred_at end) as closed_at,
        count_if(event = 'reopened') as reopen_count,
        max_by(event, struct(occurred_at, event)) as current_status,
        sum(goodwill) as goodwill
    from history
    group by ticket_id

),

openings as (

    select * from tickets_opened
    qualify row_number() over (
        partition by ticket_id order by occurred_at, event_id
    ) = 1

),

scores as (

    select
        ticket_id,
        max_by(score, struct(occurred_at, event_id)) as score
    from survey_answers
    group by ticket_id

),

joined as (

    select
        -- ids
        lives.ticket_id,
        lives.customer_id,
        openings.order_id,

        -- facts
        openings.priority,
        openings.category,
        openings.channel,
        lives.current_status,
        lives.reopen_count,
        cast(lives.goodwill as decimal(19, 4)) as goodwill,
        scores.score,
        round(
            timestampdiff(second, lives.opened_at, lives.closed_at) / 3600, 2
        ) as hours_to_close,

        -- timestamps
        lives.opened_at,
        lives.closed_at
    from lives
    left join openings on lives.ticket_id = openings.ticket_id
    left join scores on lives.ticket_id = scores.ticket_id

)

select * from joined
