{#- One row a source of whose events more than a share were dated after their arrival, or before what they follow. -#}
{% test clocks_agree(model, share=0.01) %}
    select
        department,
        event_source,
        event_count,
        ahead_count,
        negative_duration_count,
        least_hours_late
    from {{ model }}
    where ahead_count + negative_duration_count > {{ share }} * event_count
{% endtest %}
