with

funnel as (

    select * from {{ ref('fct_message_funnel') }}

),

chosen as (

    select
        campaign_id,
        channel,
        sent_on,
        sent_count,
        opened_count,
        clicked_count,
        converted_count
    from funnel

)

select * from chosen
