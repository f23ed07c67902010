with

returns as (

    select * from {{ ref('silver_returns') }}

),

orders as (

    select * from {{ ref('silver_orders') }}

),

survivors as (

    select * from {{ ref('silver_surviving_customers') }}

),

of_orders as (

    {{ of_its_customer('returns', 'orders', 'survivors') }}

)

select * from of_orders
