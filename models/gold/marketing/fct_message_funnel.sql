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
        -- ids that differ in case alone are one campaign, as to the warehouse and to Power BI
        min(messages.campaign_id) as campaign_id,
        messages.channel,
        cast(messages.sent_at as date) as sent_on,
        count(*) as sent_count,
        count(messages.opened_at) as opened_count,
        count(messages.clicked_at) as clicked_count,
        count(converted.message_id) as converted_count
    from messages
    left join converted on messages.message_id = converted.message_id
    group by lower(messages.campaign_id), messages.channel, cast(messages.sent_at as date)

)

select * from funnel
