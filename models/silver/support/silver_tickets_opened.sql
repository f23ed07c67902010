with

checked_events as (

    select * from {{ ref('silver_support_checked') }}
    where
        event_type = 'support.ticket.opened.v1'
        and reject_reason is null
        {{ and_recently_loaded() }}

),

first_copies as (

    select * from checked_events
    qualify row_number() over (
        partition by event_id order by enqueued_at, sequence_number
    ) = 1

),

renamed as (

    select
        -- ids
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
    from first_copies

)

select * from renamed
