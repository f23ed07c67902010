with

orders as (

    select * from {{ ref('fct_orders') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

-- of whom an order is now: customers are merged
kept as (

    select
        orders.order_id,
        customers.current_customer_id as customer_id,
        row_number() over (
            partition by customers.current_customer_id order by orders.ordered_at, orders.order_id
        ) as order_number,
        orders.channel,
        orders.ordered_on,
        cast(date_trunc('month', orders.ordered_on) as date) as month,
        orders.revenue_eur,
        orders.kept_amount_eur
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    where not orders.is_cancelled

)

select * from kept
