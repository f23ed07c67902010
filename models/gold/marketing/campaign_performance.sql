with

customers as (

    select * from {{ ref('dim_customer') }}

),

messages as (

    select * from {{ ref('fct_messages') }}

),

attribution as (

    select * from {{ ref('fct_attribution') }}

),

subscription_changes as (

    select * from {{ ref('silver_subscription_changes') }}

),

-- who unsubscribes does so because of the last message of that channel within the window
unsubscribes as (

    select
        messages.campaign_id,
        leavers.current_customer_id
    from subscription_changes
    inner join customers as leavers on subscription_changes.customer_id = leavers.customer_id
    inner join customers as readers
        on leavers.current_customer_id = readers.current_customer_id
    inner join messages
        on
            readers.customer_id = messages.customer_id
            and lower(subscription_changes.channel) = lower(messages.channel)
            and subscription_changes.occurred_at >= messages.sent_at
            and subscription_changes.occurred_at <= {{ window_end('messages.sent_at') }}
    where not subscription_changes.is_subscribed
    qualify row_number() over (
        partition by subscription_changes.event_key
        order by messages.sent_at desc, messages.message_id asc
    ) = 1

),

-- ids that differ in case alone are one campaign, as to the warehouse and to Power BI
unsubscribed as (

    select
        min(campaign_id) as campaign_id,
        count(distinct current_customer_id) as unsubscribe_count
    from unsubscribes
    group by lower(campaign_id)

),

sent as (

    select
        min(campaign_id) as campaign_id,
        max_by(campaign_name, struct(sent_at, message_id)) as campaign_name,
        count(*) as message_count,
        count(opened_at) as open_count,
        count(clicked_at) as click_count,
        sum(cost_eur) as cost_eur
    from messages
    group by lower(campaign_id)

),

earned as (

    select
        min(campaign_id) as campaign_id,
        count(*) as order_count,
        sum(amount_eur) as revenue_eur
    from attribution
    group by lower(campaign_id)

),

-- a campaign may be known by its clicks alone, when its messages never came
joined as (

    select
        coalesce(sent.campaign_id, earned.campaign_id) as campaign_id,
        sent.campaign_name,
        coalesce(sent.message_count, 0) as message_count,
        coalesce(sent.open_count, 0) as open_count,
        coalesce(sent.click_count, 0) as click_count,
        coalesce(unsubscribed.unsubscribe_count, 0) as unsubscribe_count,
        cast(coalesce(sent.cost_eur, 0) as decimal(19, 4)) as cost_eur,
        coalesce(earned.order_count, 0) as order_count,
        cast(coalesce(earned.revenue_eur, 0) as decimal(19, 4)) as revenue_eur,
        cast(sent.cost_eur / earned.order_count as decimal(19, 4)) as cost_per_order_eur,
        try_cast(earned.revenue_eur / nullif(sent.cost_eur, 0) as decimal(19, 4))
            as return_on_spend
    from sent
    full outer join earned on lower(sent.campaign_id) = lower(earned.campaign_id)
    left join unsubscribed on lower(sent.campaign_id) = lower(unsubscribed.campaign_id)

)

select * from joined
