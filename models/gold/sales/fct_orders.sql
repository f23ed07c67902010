{%- set tellers = ['silver_orders', 'silver_order_status_changes', 'silver_returns'] -%}
{%- set of_touched_orders = touched('order_id', tellers, of_customers=true) -%}

with

orders as (

    select * from {{ ref('silver_orders') }} {{ of_touched_orders }}

),

status_changes as (

    select * from {{ ref('silver_status_changes_of_orders') }} {{ of_touched_orders }}

),

returns as (

    select * from {{ ref('silver_returns_of_orders') }} {{ of_touched_orders }}

),

survivors as (

    select * from {{ ref('silver_surviving_customers') }}

),

statuses as (

    select
        lower(order_id) as order_key,
        {{ latest_status() }} as current_status,
        max(if(is_of_its_customer and status = 'shipped', occurred_at, null)) as shipped_at,
        max(if(is_of_its_customer and status = 'delivered', occurred_at, null)) as delivered_at,
        max(loaded_at) as loaded_at
    from status_changes
    group by order_key

),

returned as (

    select
        orders.order_id,
        sum(if(is_of_its_customer, {{ in_currency_of('orders', 'returns') }}, 0))
            as returned_amount,
        sum(if(is_of_its_customer, returns.amount_eur, 0)) as returned_amount_eur,
        max(returns.loaded_at) as loaded_at
    from returns
    inner join orders on lower(returns.order_id) = lower(orders.order_id)
    group by orders.order_id

),

joined as (

    select
        orders.* except (loaded_at),
        coalesce(survivors.current_customer_id, orders.customer_id) as current_customer_id,
        coalesce(statuses.current_status, 'placed') as current_status,
        coalesce(statuses.current_status = 'cancelled', false) as is_cancelled,
        cast(coalesce(returned.returned_amount, 0) as decimal(19, 4)) as returned_amount,
        cast(coalesce(returned.returned_amount_eur, 0) as decimal(19, 4)) as returned_amount_eur,
        statuses.shipped_at,
        statuses.delivered_at,
        greatest(orders.loaded_at, statuses.loaded_at, returned.loaded_at, survivors.loaded_at)
            as loaded_at
    from orders
    left join statuses on lower(orders.order_id) = statuses.order_key
    left join returned on orders.order_id = returned.order_id
    left join survivors on orders.customer_id = survivors.customer_id

),

measured as (

    select
        -- ids
        order_id,
        customer_id,
        current_customer_id,

        -- facts
        channel,
        currency,
        line_count,
        amount,
        amount_eur,
        returned_amount,
        returned_amount_eur,
        {{ revenue_eur() }} as revenue_eur,
        {{ kept_amount_eur() }} as kept_amount_eur,
        current_status,
        is_cancelled,
        {{ hours_between('occurred_at', 'delivered_at') }} as hours_to_deliver,

        -- timestamps
        cast(occurred_at as date) as ordered_on,
        occurred_at as ordered_at,
        shipped_at,
        delivered_at,
        loaded_at
    from joined

)

select * from measured
