with

status_changes as (

    select * from {{ ref('silver_order_status_changes') }}

),

orders as (

    select * from {{ ref('silver_orders') }}

),

survivors as (

    select * from {{ ref('silver_surviving_customers') }}

),

of_orders as (

    {{ of_its_customer('status_changes', 'orders', 'survivors') }}

)

select * from of_orders
