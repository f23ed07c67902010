with

orders as (

    select * from {{ ref('fct_orders') }}

),

kept as (

    select
        order_id,
        current_customer_id as customer_id,
        row_number() over (
            partition by current_customer_id order by ordered_at, order_id
        ) as order_number,
        channel,
        ordered_on,
        cast(date_trunc('month', ordered_on) as date) as month,
        revenue_eur,
        kept_amount_eur
    from orders
    where not is_cancelled

)

select * from kept
