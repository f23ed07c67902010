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
        ticket_opened.ticket_id,
        ticket_opened.order_id,
        customer_id,

        -- facts
        ticket_opened.priority,
        ticket_opened.category,
        ticket_opened.channel,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
