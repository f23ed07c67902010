with

order_lines as (

    select * from {{ ref('silver_order_lines') }} {{ loaded_since() }}

),

in_euros as (

    select
        -- ids
        order_line_id,
        order_id,
        customer_id,
        product_id,

        -- facts
        line_number,
        currency,
        quantity,
        unit_price,
        revenue,
        discount,
        tax,
        cast(revenue - discount + tax as decimal(19, 4)) as amount,
        {{ to_eur('revenue - discount') }} as net_revenue_eur,

        -- timestamps
        cast(occurred_at as date) as ordered_on,
        occurred_at as ordered_at,
        loaded_at
    from order_lines

)

select * from in_euros
