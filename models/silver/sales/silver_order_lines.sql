with

checked_events as (

    select * from {{ ref('silver_sales_checked') }}
    where
        event_type = 'sales.order.placed.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

lines as (

    select
        *,
        explode(order_placed.lines) as line
    from checked_events

),

renamed as (

    select
        -- ids
        concat(trim(order_placed.order_id), '-', line.line_number) as order_line_id,
        event_key,
        event_id,
        trim(order_placed.order_id) as order_id,
        customer_id,
        trim(line.product_id) as product_id,

        -- facts
        line.line_number,
        coalesce(nullif(trim(line.product_name), ''), trim(line.product_id)) as product_name,
        {{ clean_text('line.category') }} as category,
        currency,
        line.quantity,
        line.unit_price,
        cast(line.quantity * line.unit_price as decimal(19, 4)) as revenue,
        coalesce(line.discount, 0) as discount,
        coalesce(line.tax, 0) as tax,
        rate_to_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from lines

)

select * from renamed
