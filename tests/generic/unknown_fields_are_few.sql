{#- One row a field that no contract knows and event type, with the share of the type's events that have it. -#}
{% test unknown_fields_are_few(model) %}
    select
        found.department,
        found.event_type,
        found.field,
        found.event_count,
        round(found.event_count / totals.event_count, 4) as share
    from (
        select
            department,
            event_type,
            field,
            count(*) as event_count
        from {{ model }}
        group by all
    ) as found
    inner join (
        select
            event_type,
            count(*) as event_count
        from {{ ref('silver_accepted_events') }}
        group by all
    ) as totals
        on found.event_type = totals.event_type
{% endtest %}
