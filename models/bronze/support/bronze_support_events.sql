with

raw_events as (

    select * from {{ source('raw', 'raw_support') }}

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
        {{ parse_payload('support.ticket.opened.v1') }} as ticket_opened,
        {{ parse_payload('support.ticket.updated.v1') }} as ticket_updated,
        {{ parse_payload('support.ticket.closed.v1') }} as ticket_closed,
        {{ parse_payload('support.survey.answered.v1') }} as survey_answered,
        {{ rescued_fields('support') }} as rescued_fields,

        -- position
        partition_id,
        sequence_number,
        enqueued_at,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from unseen

)

select * from parsed
