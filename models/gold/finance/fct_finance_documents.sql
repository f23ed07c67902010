{%- set document_types = {
    'silver_invoices': 'invoice', 'silver_payments': 'payment', 'silver_refunds': 'refund',
    'silver_write_offs': 'write_off'
} -%}
{%- set since = loaded_since() -%}

with

{% for model in document_types -%}
{{ model }} as (

    select * from {{ ref(model) }} {{ since }}

),

{% endfor -%}
documents as (

    {% for model, document_type in document_types.items() -%}
    select
        event_key as document_id,
        invoice_id,
        customer_id,
        '{{ document_type }}' as document_type,
        currency,
        amount,
        amount_eur,
        cast(occurred_at as date) as booked_on,
        occurred_at as booked_at,
        loaded_at
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from documents
