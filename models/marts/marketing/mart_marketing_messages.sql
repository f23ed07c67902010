with

messages as (

    select * from {{ ref('fct_messages') }}

),

chosen as (

    select
        message_id,
        campaign_id,
        campaign_name,
        customer_id,
        channel,
        currency,
        cost,
        cost_eur,
        sent_at,
        opened_at,
        clicked_at
    from messages

)

select * from chosen
