{%- set children = [
    ('silver_order_status_changes', 'sales', 'order', 'order_id', 'null'),
    ('silver_returns', 'sales', 'order', 'order_id', 'amount_eur'),
    ('silver_messages_opened', 'marketing', 'message', 'message_id', 'null'),
    ('silver_messages_clicked', 'marketing', 'message', 'message_id', 'null'),
    ('silver_ticket_updates', 'support', 'ticket', 'ticket_id', 'null'),
    ('silver_tickets_closed', 'support', 'ticket', 'ticket_id', 'goodwill_eur'),
    ('silver_survey_answers', 'support', 'ticket', 'ticket_id', 'null'),
    ('silver_invoices', 'finance', 'order', 'order_id', 'amount_eur'),
    ('silver_payments', 'finance', 'invoice', 'invoice_id', 'amount_eur'),
    ('silver_refunds', 'finance', 'invoice', 'invoice_id', 'amount_eur'),
    ('silver_write_offs', 'finance', 'invoice', 'invoice_id', 'amount_eur')
] -%}
{%- set parents = {
    'silver_orders': 'order', 'silver_messages_sent': 'message', 'silver_tickets_opened': 'ticket',
    'silver_invoices': 'invoice'
} -%}

with

{% for model in (children | map('first') | list + parents | list) | unique -%}
{{ model }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
children as (

    {% for model, department, parent, id, amount in children -%}
    select
        event_key,
        '{{ department }}' as department,
        '{{ model | replace("silver_", "") }}' as event,
        customer_id,
        '{{ parent }}' as waits_for,
        {{ id }} as awaited_id,
        cast({{ amount }} as decimal(19, 4)) as amount_eur,
        occurred_at,
        enqueued_at
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

parents as (

    {% for model, parent in parents.items() -%}
    select
        '{{ parent }}' as waits_for,
        {{ parent }}_id as awaited_id
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

waiting as (

    select * from children
    left anti join parents using (waits_for, awaited_id)

)

select * from waiting
