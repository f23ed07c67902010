with

orders as (

    select * from {{ ref('fct_orders') }}

),

chosen as (

    select
        order_id,
        customer_id,
        ordered_on,
        ordered_at,
        channel,
        currency,
        current_status,
        is_cancelled,
        line_count,
        amount,
        amount_eur,
        returned_amount
    from orders

)

select * from chosen
