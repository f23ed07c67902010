with

ticket_events as (

    select * from {{ ref('fct_ticket_events') }}

),

stays as (

    select
        ticket_id,
        event as status,
        occurred_at as began_at,
        lead(occurred_at) over (partition by ticket_id order by event_number) as ended_at
    from ticket_events

),

totals as (

    select
        ticket_id,
        status,
        count(*) as stay_count,
        round(sum({{ hours_between('began_at', 'ended_at') }}), 2) as hours
    from stays
    where status <> 'closed' and ended_at is not null
    group by all

)

select * from totals
