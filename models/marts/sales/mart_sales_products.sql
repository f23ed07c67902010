with

products as (

    select * from {{ ref('dim_product') }}

),

-- to the pool's collation, ids that differ in case alone are one
numbered as (

    select
        *,
        row_number() over (
            partition by product_id order by first_ordered_at desc
        ) as spelling
    from products

),

chosen as (

    select
        product_id,
        product_name,
        category
    from numbered
    where spelling = 1

)

select * from chosen
