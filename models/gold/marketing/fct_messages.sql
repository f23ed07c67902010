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
        messages_sent.message_id,
        messages_sent.campaign_id,
        messages_sent.customer_id,

        -- facts
        messages_sent.campaign_name,
        messages_sent.channel,
        messages_sent.currency,
        messages_sent.cost,
        messages_sent.cost_eur,

        -- timestamps
        messages_sent.occurred_at as sent_at,
        -- a click without an open event (images blocked) is an open too
        least(first_opens.opened_at, first_clicks.clicked_at) as opened_at,
        first_clicks.clicked_at
    from messages_sent
    left join first_opens
        on messages_sent.message_id = first_opens.message_id
    left join first_clicks
        on messages_sent.message_id = first_clicks.message_id

)

select * from joined
