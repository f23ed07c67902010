with

silver_orders as (

    select * from {{ ref('silver_orders') }}

),

silver_order_lines as (

    select * from {{ ref('silver_order_lines') }}

),

lines_of_first_orders as (

    select * from silver_order_lines
    qualify rank() over (partition by order_id order by occurred_at, event_id) = 1

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
        (select count(distinct order_id) from silver_orders) as silver_rows,
        (select count(*) from orders) as gold_rows
    union all
    select
        'order_lines' as what,
        (select count(*) from lines_of_first_orders) as silver_rows,
        (select count(*) from order_lines) as gold_rows

)

select * from counts
where silver_rows <> gold_rows
