with

order_lines as (

    select * from {{ ref('fct_order_lines') }}

),

chosen as (

    select
        order_line_id,
        order_id,
        customer_id,
        product_id,
        ordered_on,
        currency,
        quantity,
        unit_price,
        revenue,
        discount,
        tax,
        net_revenue_eur
    from order_lines

)

select * from chosen
