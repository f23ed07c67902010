with

waiting_events as (

    select * from {{ ref('fct_waiting_events') }}

),

chosen as (

    select
        event_key,
        department,
        event,
        customer_id,
        waits_for,
        awaited_id,
        amount_eur,
        occurred_at,
        enqueued_at
    from waiting_events

)

select * from chosen
