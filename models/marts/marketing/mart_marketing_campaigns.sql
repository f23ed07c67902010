with

campaigns as (

    select * from {{ ref('campaign_performance') }}

),

chosen as (

    select
        campaign_id,
        campaign_name,
        message_count,
        open_count,
        click_count,
        unsubscribe_count,
        cost_eur,
        order_count,
        revenue_eur,
        cost_per_order_eur,
        return_on_spend
    from campaigns

)

select * from chosen
