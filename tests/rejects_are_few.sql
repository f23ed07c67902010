-- by department, of the events of the last days: 1 for a warning, 2 for an error, by share of events and by share of money
{{ config(fail_calc='coalesce(max(severity), 0)', warn_if='>= 1', error_if='>= 2') }}
{%- set departments = ['customer', 'sales', 'marketing', 'support', 'finance'] %}

with

events as (

    {% for department in departments -%}
    select
        '{{ department }}' as department,
        is_copy,
        reject_reason,
        {{ try_eur('amount') }} as amount_eur,
        enqueued_at
    from {{ ref('silver_' ~ department ~ '_checked') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

shares as (

    select
        department,
        count(reject_reason) / count(*) as event_share,
        coalesce(
            sum(if(reject_reason is not null, amount_eur, 0)) / nullif(sum(amount_eur), 0), 0
        ) as money_share
    from events
    where
        not is_copy
        and enqueued_at >= current_timestamp() - interval {{ var('reject_days') }} days
    group by department

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

select * from judged
where severity is not null
