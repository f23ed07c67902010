with

checked_events as (

    select * from {{ ref('silver_support_checked') }}
    where
        event_type = 'support.ticket.closed.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(ticket_closed.ticket_id) as ticket_id,
        customer_id,

        -- facts
        ticket_closed.resolution,
        currency,
        coalesce(ticket_closed.goodwill, 0) as goodwill,
        {{ to_eur('coalesce(ticket_closed.goodwill, 0)') }} as goodwill_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
