with

checked_events as (

    select * from {{ ref('silver_sales_checked') }}
    where
        event_type = 'sales.order.returned.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

lines as (

    select
        *,
        explode(order_returned.lines) as line
    from checked_events

),

renamed as (

    select
        -- ids
        concat(trim(order_returned.return_id), '-', line.line_number) as return_line_id,
        event_key,
        trim(order_returned.return_id) as return_id,
        trim(order_returned.order_id) as order_id,
        concat(trim(order_returned.order_id), '-', line.line_number) as order_line_id,
        customer_id,

        -- facts
        {{ clean_text('order_returned.reason') }} as reason,
        currency,
        line.line_number,
        line.quantity,
        line.amount,
        {{ to_eur('line.amount') }} as amount_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from lines

)

select * from renamed
