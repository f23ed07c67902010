with

checked_events as (

    select * from {{ ref('silver_support_checked') }}
    where
        event_type = 'support.ticket.opened.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(ticket_opened.ticket_id) as ticket_id,
        trim(ticket_opened.order_id) as order_id,
        customer_id,

        -- facts
        ticket_opened.priority,
        {{ clean_text('ticket_opened.category') }} as category,
        {{ clean_text('ticket_opened.channel') }} as channel,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
