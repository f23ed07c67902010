with

{% for department in departments() -%}
{{ department }}_events as (

    select * from {{ ref('silver_' ~ department ~ '_checked') }}

),

{% endfor -%}
events as (

    {% for department in departments() -%}
    select
        '{{ department }}' as department,
        event_key,
        event_type,
        rescued_fields,
        is_accepted,
        enqueued_at,
        loaded_at
    from {{ department }}_events
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

fields as (

    select
        department,
        event_key,
        event_type,
        explode(array_distinct(transform(rescued_fields, field -> left(field, 256)))) as field,
        enqueued_at,
        loaded_at
    from events
    where is_accepted {{ and_recently_loaded() }}

)

select * from fields
