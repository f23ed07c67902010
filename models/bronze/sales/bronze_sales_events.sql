with

raw_events as (

    select * from {{ source('raw', 'raw_sales') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

parsed as (

    select
        -- envelope
        event_id,
        event_type,
        event_source,
        customer_id,
        occurred_at,
        data_schema,
        payload,

        -- payload, one column an event type
        {{ parse_payload('sales.order.placed.v1') }} as order_placed,
        {{ parse_payload('sales.order.status_changed.v1') }} as order_status_changed,
        {{ parse_payload('sales.order.returned.v1') }} as order_returned,
        {{ rescued_fields('sales') }} as rescued_fields,

        -- position
        partition_id,
        sequence_number,
        enqueued_at,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from unseen

)

select * from parsed
