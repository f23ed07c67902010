with

checked_events as (

    select * from {{ ref('silver_sales_checked') }}
    where
        event_type = 'sales.order.placed.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(order_placed.order_id) as order_id,
        customer_id,

        -- facts
        {{ clean_text('order_placed.channel') }} as channel,
        currency,
        order_placed.amount,
        {{ to_eur('order_placed.amount') }} as amount_eur,
        rate_to_eur,
        size(order_placed.lines) as line_count,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
