with

customers as (

    select * from {{ ref('dim_customer') }}

),

chosen as (

    select
        customer_id,
        country_code,
        segment,
        is_closed
    from customers

)

select * from chosen
