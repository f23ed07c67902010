with

raw_events as (

    select * from {{ source('raw', 'raw_customer') }}

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
        {{ parse_payload('customer.profile.updated.v1') }} as profile_updated,
        {{ parse_payload('customer.profile.closed.v1') }} as profile_closed,
        {{ rescued_fields('customer') }} as rescued_fields,

        -- position
        partition_id,
        sequence_number,
        enqueued_at,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from unseen

)

select * from parsed
