-- by department and source, of the events of the last days: 1 for a warning, 2 for an error, by share of events or of money.
-- An alarm: it holds nothing back, since what was set aside counts nowhere.
{{ config(fail_calc='coalesce(max(severity), 0)', warn_if='>= 1', error_if='>= 2', meta={'alarm': true}) }}

with

sources as (

    select * from {{ ref('source_health') }}

),

-- a second parent, so that dbt skips neither of the two where this fails
findings as (

    select count(*) as finding_count from {{ ref('data_quality') }}

),

shares as (

    select
        department,
        event_source,
        recent_reject_count / nullif(recent_event_count, 0) as event_share,
        recent_rejected_amount_eur / nullif(recent_amount_eur, 0) as money_share
    from sources

),

judged as (

    select
        *,
        case
            when greatest(event_share, money_share) >= {{ var('reject_error_share') }} then 2
            when greatest(event_share, money_share) >= {{ var('reject_warn_share') }} then 1
        end as severity
    from shares

)

select judged.*
from judged
cross join findings
where severity is not null
