with

tickets as (

    select * from {{ ref('fct_tickets') }}

),

chosen as (

    select
        ticket_id,
        customer_id,
        order_id,
        priority,
        category,
        channel,
        current_status,
        reopen_count,
        goodwill,
        score,
        hours_to_close,
        opened_at,
        closed_at
    from tickets

)

select * from chosen
