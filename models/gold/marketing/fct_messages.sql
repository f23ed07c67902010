{%- set of_touched_messages = touched(
    'message_id', ['silver_messages_sent', 'silver_messages_opened', 'silver_messages_clicked']
) -%}

with

messages_sent as (

    select * from {{ ref('silver_messages_sent') }} {{ of_touched_messages }}

),

messages_opened as (

    select * from {{ ref('silver_messages_opened') }} {{ of_touched_messages }}

),

messages_clicked as (

    select * from {{ ref('silver_messages_clicked') }} {{ of_touched_messages }}

),

first_opens as (

    select
        lower(message_id) as message_key,
        min(occurred_at) as opened_at,
        max(loaded_at) as loaded_at
    from messages_opened
    group by message_key

),

first_clicks as (

    select
        lower(message_id) as message_key,
        min(occurred_at) as clicked_at,
        max(loaded_at) as loaded_at
    from messages_clicked
    group by message_key

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
        first_clicks.clicked_at,
        greatest(messages.loaded_at, first_opens.loaded_at, first_clicks.loaded_at) as loaded_at
    from messages_sent as messages
    left join first_opens on lower(messages.message_id) = first_opens.message_key
    left join first_clicks on lower(messages.message_id) = first_clicks.message_key

)

select * from joined
