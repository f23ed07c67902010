{%- set event_types = {
    'silver_profile_updates': 'customer.profile.updated.v1',
    'silver_profile_closures': 'customer.profile.closed.v1',
    'silver_orders': 'sales.order.placed.v1',
    'silver_order_status_changes': 'sales.order.status_changed.v1',
    'silver_returns': 'sales.order.returned.v1',
    'silver_messages_sent': 'marketing.message.sent.v1',
    'silver_messages_opened': 'marketing.message.opened.v1',
    'silver_messages_clicked': 'marketing.message.clicked.v1',
    'silver_subscription_changes': 'marketing.subscription.changed.v1',
    'silver_site_visits': 'marketing.site.visited.v1',
    'silver_tickets_opened': 'support.ticket.opened.v1',
    'silver_ticket_updates': 'support.ticket.updated.v1',
    'silver_tickets_closed': 'support.ticket.closed.v1',
    'silver_survey_answers': 'support.survey.answered.v1',
    'silver_invoices': 'finance.invoice.issued.v1',
    'silver_payments': 'finance.payment.received.v1',
    'silver_refunds': 'finance.refund.issued.v1',
    'silver_write_offs': 'finance.invoice.written_off.v1'
} -%}

with

{% for model in event_types -%}
{{ model }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
accepted as (

    {% for model, event_type in event_types.items() -%}
    select
        event_key,
        event_id,
        '{{ event_type }}' as event_type
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from accepted
