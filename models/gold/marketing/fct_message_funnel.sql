with

messages as (

    select * from {{ ref('fct_messages') }}

),

attribution as (

    select * from {{ ref('fct_attribution') }}

),

converted as (

    select distinct message_id from attribution

),

funnel as (

    select
        messages.campaign_id,
        messages.channel,
        cast(messages.sent_at as date) as sent_on,
        count(*) as sent_count,
        count(messages.opened_at) as opened_count,
        count(messages.clicked_at) as clicked_count,
        count(converted.message_id) as converted_count
    from messages
    left join converted on messages.message_id = converted.message_id
    group by all

)

select * from funnel
