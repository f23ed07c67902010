with

{% for department in departments() -%}
{{ department }}_events as (

    select * from {{ ref('silver_' ~ department ~ '_checked') }}

),

{% endfor -%}
events as (

    {% for department in departments() -%}
    select
        customer_id,
        is_accepted,
        loaded_at
    from {{ department }}_events
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

once as (

    select
        customer_id,
        max(loaded_at) as loaded_at
    from events
    where is_accepted {{ and_recently_loaded() }}
    group by customer_id

)

select * from once
