with

sla as (

    select * from {{ ref('fct_ticket_sla') }}

),

chosen as (

    select
        ticket_id,
        priority,
        response_hours,
        resolve_hours,
        response_status,
        resolve_status,
        business_hours_to_response,
        business_hours_to_resolve,
        opened_at,
        response_due_at,
        resolve_due_at,
        as_of
    from sla

)

select * from chosen
