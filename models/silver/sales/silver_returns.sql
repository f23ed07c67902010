with

checked_events as (

    select * from {{ ref('silver_sales_checked') }}
    where
        event_type = 'sales.order.returned.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(order_returned.return_id) as return_id,
        trim(order_returned.order_id) as order_id,
        customer_id,

        -- facts
        {{ clean_text('order_returned.reason') }} as reason,
        currency,
        order_returned.amount,
        {{ to_eur('order_returned.amount') }} as amount_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
