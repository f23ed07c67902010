with

orders as (

    select * from {{ ref('fct_orders') }}

),

messages_opened as (

    select * from {{ ref('silver_messages_opened') }}

),

messages_clicked as (

    select * from {{ ref('silver_messages_clicked') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

touches as (

    select
        event_id,
        customer_id,
        message_id,
        campaign_id,
        'open' as touch_type,
        occurred_at as touched_at
    from messages_opened
    union all
    select
        event_id,
        customer_id,
        message_id,
        campaign_id,
        'click',
        occurred_at
    from messages_clicked

),

-- whoever was merged since is one customer
orders_of_survivors as (

    select
        orders.*,
        customers.current_customer_id
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    where not orders.is_cancelled

),

touches_of_survivors as (

    select
        touches.*,
        customers.current_customer_id
    from touches
    inner join customers on touches.customer_id = customers.customer_id

),

-- of two touches at the same moment the click counts
last_touches as (

    select
        -- ids
        orders.order_id,
        orders.customer_id,
        touches.message_id,
        touches.campaign_id,

        -- facts
        touches.touch_type,
        orders.amount_eur,
        {{ hours_between('touches.touched_at', 'orders.ordered_at') }}
            as hours_to_order,

        -- timestamps
        touches.touched_at,
        orders.ordered_at
    from orders_of_survivors as orders
    inner join touches_of_survivors as touches
        on
            orders.current_customer_id = touches.current_customer_id
            and orders.ordered_at >= touches.touched_at
            and orders.ordered_at <= touches.touched_at
            + make_interval(0, 0, 0, {{ var('attribution_days') }})
    qualify row_number() over (
        partition by orders.order_id
        order by
            touches.touched_at desc,
            touches.touch_type asc,
            touches.event_id asc
    ) = 1

)

select * from last_touches
