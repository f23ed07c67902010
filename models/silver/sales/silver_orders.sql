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

renamed as (

    select
        -- ids
        event_id,
        order_placed.order_id,
        customer_id,

        -- facts
        order_placed.channel,
        currency,
        order_placed.amount,
        {{ to_eur('order_placed.amount') }} as amount_eur,
        rate_to_eur,
        size(order_placed.lines) as line_count,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from first_copies

)

select * from renamed
