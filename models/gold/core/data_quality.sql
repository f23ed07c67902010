with

rejects as (

    select * from {{ ref('silver_rejects') }}

),

waiting as (

    select * from {{ ref('fct_waiting_events') }}

),

unknown_fields as (

    select * from {{ ref('silver_unknown_fields') }}

),

findings as (

    select
        department,
        {{ kind_of_reject('reject_reason') }} as kind,
        reject_reason as finding,
        left(coalesce(event_type, 'unknown'), 128) as event_type,
        amount_eur,
        enqueued_at
    from rejects
    union all
    select
        department,
        'waiting',
        concat('waits for its ', waits_for),
        event,
        amount_eur,
        enqueued_at
    from waiting
    union all
    select
        department,
        'unknown field',
        left(field, 128),
        event_type,
        null,
        enqueued_at
    from unknown_fields

),

counted as (

    select
        department,
        kind,
        -- the warehouse tells no two findings apart by case
        min(finding) as finding,
        min(event_type) as event_type,
        count(*) as event_count,
        try_cast(sum(amount_eur) as decimal(19, 4)) as amount_eur,
        min(enqueued_at) as first_arrived_at,
        max(enqueued_at) as last_arrived_at
    from findings
    group by department, kind, lower(trim(finding)), lower(trim(event_type))

)

select * from counted
