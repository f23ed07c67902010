{%- set of_touched_days = of_touched_days('profiles') -%}

with

profiles as (

    select * from {{ ref('silver_profile_updates') }}

),

orders as (

    select * from {{ ref('fct_orders') }} {{ of_touched_days }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }} {{ of_touched_days }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

lines_of_orders as (

    select
        order_id,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(net_revenue_eur) as net_revenue_eur
    from order_lines
    group by all

),

-- ids that differ in case alone are one customer, as in the warehouse
countries as (

    select
        lower(customer_id) as customer_key,
        max_by(country_code, struct(is_known, updated_at)) as country_code,
        max(loaded_at) as loaded_at
    from customers
    group by customer_key

),

days as (

    select
        orders.ordered_on,
        coalesce(orders.channel, 'unknown') as channel,
        coalesce(countries.country_code, 'ZZ') as country_code,
        count(*) as order_count,
        sum(lines.line_count) as line_count,
        sum(lines.quantity) as quantity,
        cast(sum(lines.net_revenue_eur) as decimal(19, 4)) as net_revenue_eur,
        count_if(orders.is_cancelled) as cancelled_order_count,
        cast(sum(if(orders.is_cancelled, lines.net_revenue_eur, 0)) as decimal(19, 4))
            as cancelled_revenue_eur,
        count_if(orders.returned_amount > 0) as returned_order_count,
        cast(sum(orders.returned_amount_eur) as decimal(19, 4)) as returned_amount_eur,
        cast(sum(orders.revenue_eur) as decimal(19, 4)) as revenue_eur,
        cast(sum(orders.kept_amount_eur) as decimal(19, 4)) as kept_amount_eur,
        greatest(max(orders.loaded_at), max(countries.loaded_at)) as loaded_at
    from orders
    left join lines_of_orders as lines on orders.order_id = lines.order_id
    left join countries on lower(orders.customer_id) = countries.customer_key
    group by all

)

select * from days
