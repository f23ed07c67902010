with

findings as (

    select * from {{ ref('data_quality') }}

),

chosen as (

    select
        department,
        kind,
        finding,
        event_type,
        event_count,
        amount_eur,
        first_arrived_at,
        last_arrived_at
    from findings

)

select * from chosen
