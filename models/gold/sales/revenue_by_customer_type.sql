with

orders as (

    select * from {{ ref('kept_orders') }}

),

by_month as (

    select
        month,
        coalesce(channel, 'unknown') as channel,
        if(order_number = 1, 'new', 'returning') as customer_type,
        count(*) as order_count,
        count(distinct customer_id) as customer_count,
        cast(sum(revenue_eur) as decimal(19, 4)) as order_amount_eur,
        cast(sum(kept_amount_eur) as decimal(19, 4)) as kept_amount_eur
    from orders
    group by all

)

select * from by_month
