with

tickets as (

    select * from {{ ref('fct_tickets') }}

),

chosen as (

    select
        ticket_id,
        customer_id,
        order_id,
        agent_id,
        priority,
        category,
        channel,
        current_status,
        resolution,
        is_open,
        reopen_count,
        agent_count,
        is_resolved_at_first_contact,
        goodwill,
        goodwill_eur,
        score,
        hours_to_first_response,
        hours_to_close,
        opened_at,
        first_response_at,
        first_closed_at,
        reopened_at,
        closed_at
    from tickets

)

select * from chosen
