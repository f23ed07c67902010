with

order_lines as (

    select * from {{ ref('silver_order_lines') }}

),

-- an order that was placed twice counts as it was placed first
first_placed as (

    select * from order_lines
    qualify rank() over (
        partition by order_id order by occurred_at, event_id
    ) = 1

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
        occurred_at as ordered_at
    from first_placed

)

select * from in_euros
