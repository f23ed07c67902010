with

silver_orders as (

    select * from {{ ref('silver_orders') }}

),

silver_order_lines as (

    select * from {{ ref('silver_order_lines') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }}

),

counts as (

    select
        'orders' as what,
        (select count(*) from silver_orders) as silver_rows,
        (select count(*) from orders) as gold_rows
    union all
    select
        'order_lines' as what,
        (select count(*) from silver_order_lines) as silver_rows,
        (select count(*) from order_lines) as gold_rows

)

select * from counts
where silver_rows <> gold_rows
