with

messages_sent as (

    select * from {{ ref('silver_messages_sent') }}

),

messages_opened as (

    select * from {{ ref('silver_messages_opened') }}

),

messages_clicked as (

    select * from {{ ref('silver_messages_clicked') }}

),

first_opens as (

    select
        message_id,
        min(occurred_at) as opened_at
    from messages_opened
    group by message_id

),

first_clicks as (

    select
        message_id,
        min(occurred_at) as clicked_at
    from messages_clicked
    group by message_id

),

joined as (

    select
        -- ids
        messages.message_id,
        messages.campaign_id,
        messages.customer_id,

        -- facts
        messages.campaign_name,
        messages.channel,
        messages.currency,
        messages.cost,
        messages.cost_eur,

        -- timestamps
        messages.occurred_at as sent_at,
        -- a click without an open event (images blocked) is an open too
        least(first_opens.opened_at, first_clicks.clicked_at) as opened_at,
        first_clicks.clicked_at
    from messages_sent as messages
    left join first_opens
        on messages.message_id = first_opens.message_id
    left join first_clicks
        on messages.message_id = first_clicks.message_id

)

select * from joined
