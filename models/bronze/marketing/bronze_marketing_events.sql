with

raw_events as (

    select * from {{ source('raw', 'raw_marketing') }}

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
        {{ parse_payload('marketing.message.sent.v1') }} as message_sent,
        {{ parse_payload('marketing.message.opened.v1') }} as message_opened,
        {{ parse_payload('marketing.message.clicked.v1') }} as message_clicked,
        {{ parse_payload('marketing.subscription.changed.v1') }} as subscription_changed,
        {{ parse_payload('marketing.site.visited.v1') }} as site_visited,
        {{ rescued_fields('marketing') }} as rescued_fields,

        -- position
        partition_id,
        sequence_number,
        enqueued_at,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from unseen

)

select * from parsed
