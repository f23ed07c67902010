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
        event_id,
        event_source,
        event_type,
        customer_id,
        document_key,
        payload,
        reject_reason,
        currency,
        amount,
        rate_to_eur,
        claimed_at,
        enqueued_at,
        partition_id,
        sequence_number,
        loaded_at
    from {{ department }}_events
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

rejects as (

    select
        * except (rate_to_eur, claimed_at),
        {{ try_eur('amount') }} as amount_eur,
        claimed_at as occurred_at
    from events
    where reject_reason is not null {{ and_recently_loaded() }}

)

select * from rejects
