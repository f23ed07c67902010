with

sources as (

    select * from {{ ref('source_health') }}

),

chosen as (

    select
        department,
        event_source,
        event_count,
        copy_count,
        reject_count,
        ahead_count,
        recent_event_count,
        recent_reject_count,
        recent_amount_eur,
        recent_rejected_amount_eur,
        median_hours_late,
        p95_hours_late,
        least_hours_late,
        negative_duration_count,
        last_arrived_at
    from sources

)

select * from chosen
