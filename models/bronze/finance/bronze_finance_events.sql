with

raw_events as (

    select * from {{ source('raw', 'raw_finance') }}

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
        {{ parse_payload('finance.invoice.issued.v1') }} as invoice_issued,
        {{ parse_payload('finance.payment.received.v1') }} as payment_received,
        {{ parse_payload('finance.refund.issued.v1') }} as refund_issued,
        {{ parse_payload('finance.invoice.written_off.v1') }} as invoice_written_off,
        {{ rescued_fields('finance') }} as rescued_fields,

        -- position
        partition_id,
        sequence_number,
        enqueued_at,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from unseen

)

select * from parsed
