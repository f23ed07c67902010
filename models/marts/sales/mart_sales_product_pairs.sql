with

pairs as (

    select * from {{ ref('product_pairs') }}

),

chosen as (

    select
        product_id,
        other_product_id,
        shared_order_count,
        order_count,
        shared_share
    from pairs

)

select * from chosen
