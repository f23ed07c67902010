with

order_lines as (

    select * from {{ ref('silver_order_lines') }}

),

placed as (

    select
        *,
        struct(-unix_micros(occurred_at), order_line_id) as place
    from order_lines

),

-- a line that tells no name, or no category, takes none away
latest_names as (

    select
        product_id,
        coalesce(
            min_by(product_name, if(product_name <> product_id, place, null)), product_id
        ) as product_name,
        min_by(category, if(category is not null, place, null)) as category,
        min(occurred_at) as first_ordered_at
    from placed
    group by product_id

)

select * from latest_names
