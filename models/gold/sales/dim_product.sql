with

order_lines as (

    select * from {{ ref('silver_order_lines') }}

),

latest_names as (

    select
        product_id,
        product_name,
        category,
        min(occurred_at) over (partition by product_id) as first_ordered_at
    from order_lines
    qualify row_number() over (
        partition by product_id
        order by occurred_at desc, order_line_id asc
    ) = 1

)

select * from latest_names
