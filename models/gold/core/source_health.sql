{%- set imported = [
    'silver_tickets_opened', 'silver_ticket_updates', 'silver_orders', 'silver_status_changes_of_orders'
] -%}
{%- for department in departments() -%}
    {%- do imported.append('silver_' ~ department ~ '_checked') -%}
{%- endfor -%}

with

{% for model in imported -%}
{{ model }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
events as (

    {% for department in departments() -%}
    select
        '{{ department }}' as department,
        coalesce(left(lower(trim(event_source)), 512), 'unknown') as event_source,
        is_copy,
        reject_reason,
        {{ try_eur('amount') }} as amount_eur,
        enqueued_at >= current_timestamp() - interval {{ var('reject_days') }} days as is_recent,
        timestampdiff(second, claimed_at, enqueued_at) as seconds_late,
        enqueued_at
    from silver_{{ department }}_checked
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- a follow-up before what it follows: the clock of its source is off
negative_durations as (

    select
        'support' as department,
        ticket_updates.event_source
    from silver_ticket_updates as ticket_updates
    inner join silver_tickets_opened as tickets on lower(ticket_updates.ticket_id) = lower(tickets.ticket_id)
    where ticket_updates.occurred_at < tickets.occurred_at
    union all
    select
        'sales',
        status_changes.event_source
    from silver_status_changes_of_orders as status_changes
    inner join silver_orders as orders on lower(status_changes.order_id) = lower(orders.order_id)
    where status_changes.is_of_its_customer and status_changes.occurred_at < orders.occurred_at

),

negative_counts as (

    select
        department,
        coalesce(left(lower(trim(event_source)), 512), 'unknown') as event_source,
        count(*) as negative_duration_count
    from negative_durations
    group by all

),

counted as (

    select
        department,
        event_source,
        count(*) as event_count,
        count_if(is_copy) as copy_count,
        count(reject_reason) as reject_count,
        count_if(seconds_late < 0) as ahead_count,
        count_if(is_recent and not is_copy) as recent_event_count,
        count_if(is_recent and reject_reason is not null) as recent_reject_count,
        {{ sum_if('is_recent and not is_copy', 'amount_eur') }} as recent_amount_eur,
        {{ sum_if('is_recent and reject_reason is not null', 'amount_eur') }}
            as recent_rejected_amount_eur,
        round(percentile_approx(seconds_late, 0.5) / 3600, 2) as median_hours_late,
        round(percentile_approx(seconds_late, 0.95) / 3600, 2) as p95_hours_late,
        round(min(seconds_late) / 3600, 2) as least_hours_late,
        max(enqueued_at) as last_arrived_at
    from events
    group by all

),

joined as (

    select
        counted.*,
        coalesce(negative_counts.negative_duration_count, 0) as negative_duration_count
    from counted
    left join negative_counts using (department, event_source)

)

select * from joined
