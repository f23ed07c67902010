{#- One row a department and what its events wait for, with how many wait for longer than a day and the money in them. -#}
{% test few_events_wait(model, hours=24) %}
    select
        department,
        waits_for,
        count(*) as event_count,
        sum(amount_eur) as amount_eur,
        min(enqueued_at) as since
    from {{ model }}
    where enqueued_at < current_timestamp() - interval {{ hours }} hours
    group by all
{% endtest %}
