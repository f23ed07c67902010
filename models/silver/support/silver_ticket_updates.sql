with

checked_events as (

    select * from {{ ref('silver_support_checked') }}
    where
        event_type = 'support.ticket.updated.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        event_source,
        trim(ticket_updated.ticket_id) as ticket_id,
        trim(ticket_updated.agent_id) as agent_id,
        customer_id,

        -- facts
        ticket_updated.status,
        ticket_updated.priority,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
