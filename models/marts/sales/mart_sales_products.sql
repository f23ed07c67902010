with

products as (

    select * from {{ ref('dim_product') }}

),

chosen as (

    select
        product_id,
        product_name,
        category
    from products

)

select * from chosen
