with

orders as (

    select * from {{ ref('fct_orders') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

kept as (

    select
        orders.order_id,
        customers.current_customer_id as customer_id,
        orders.ordered_on,
        cast(date_trunc('month', orders.ordered_on) as date) as month,
        cast(orders.amount_eur - orders.returned_amount_eur as decimal(19, 4))
            as kept_amount_eur
    from orders
    inner join customers on orders.customer_id = customers.customer_id
    where not orders.is_cancelled

)

select * from kept
