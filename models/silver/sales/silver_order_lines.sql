with

checked_events as (

    select * from {{ ref('silver_sales_checked') }}
    where
        event_type = 'sales.order.placed.v1'
        and reject_reason is null
        {{ and_recently_loaded() }}

),

first_copies as (

    select * from checked_events
    qualify row_number() over (
        partition by event_id order by enqueued_at, sequence_number
    ) = 1

),

lines as (

    select
        *,
        explode(order_placed.lines) as line
    from first_copies

),

renamed as (

    select
        -- ids
        concat(order_placed.order_id, '-', line.line_number) as order_line_id,
        event_id,
        order_placed.order_id,
        customer_id,
        line.product_id,

        -- facts
        line.line_number,
        trim(line.product_name) as product_name,
        lower(trim(line.category)) as category,
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
