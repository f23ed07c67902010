with

orders as (

    select * from {{ ref('fct_orders') }}

),

chosen as (

    select
        order_id,
        customer_id,
        current_customer_id,
        ordered_on,
        ordered_at,
        channel,
        currency,
        current_status,
        is_cancelled,
        line_count,
        amount,
        amount_eur,
        returned_amount,
        returned_amount_eur,
        revenue_eur,
        kept_amount_eur,
        hours_to_deliver,
        delivered_at
    from orders

)

select * from chosen
