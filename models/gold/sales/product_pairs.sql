with

orders as (

    select * from {{ ref('kept_orders') }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }}

),

-- ids that differ in case alone are one product, as to the warehouse and to Power BI
products_of_orders as (

    select distinct
        order_lines.order_id,
        min(order_lines.product_id)
            over (partition by lower(order_lines.product_id)) as product_id
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id

),

order_counts as (

    select
        product_id,
        count(*) as order_count
    from products_of_orders
    group by all

),

pairs as (

    select
        first_products.product_id,
        second_products.product_id as other_product_id,
        count(*) as shared_order_count
    from products_of_orders as first_products
    inner join products_of_orders as second_products
        on
            first_products.order_id = second_products.order_id
            and first_products.product_id <> second_products.product_id
    group by all

),

measured as (

    select
        pairs.product_id,
        pairs.other_product_id,
        pairs.shared_order_count,
        order_counts.order_count,
        round(pairs.shared_order_count / order_counts.order_count, 4) as shared_share
    from pairs
    inner join order_counts on pairs.product_id = order_counts.product_id

)

select * from measured
