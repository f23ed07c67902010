{#- model, department, what it follows, by which id, its money, and by what it is known that the other side is there: of what
    follows an order, that it comes of the order's customer -#}
{%- set children = [
    ('silver_order_status_changes', 'sales', 'order', 'order_id', 'null', 'event_key'),
    ('silver_returns', 'sales', 'order', 'order_id', 'amount_eur', 'event_key'),
    ('silver_messages_opened', 'marketing', 'message', 'message_id', 'null', 'message_id'),
    ('silver_messages_clicked', 'marketing', 'message', 'message_id', 'null', 'message_id'),
    ('silver_ticket_updates', 'support', 'ticket', 'ticket_id', 'null', 'ticket_id'),
    ('silver_tickets_closed', 'support', 'ticket', 'ticket_id', 'goodwill_eur', 'ticket_id'),
    ('silver_survey_answers', 'support', 'ticket', 'ticket_id', 'null', 'ticket_id'),
    ('silver_invoices', 'finance', 'order', 'order_id', 'amount_eur', 'order_id'),
    ('silver_payments', 'finance', 'invoice', 'invoice_id', 'amount_eur', 'invoice_id'),
    ('silver_refunds', 'finance', 'invoice', 'invoice_id', 'amount_eur', 'invoice_id'),
    ('silver_write_offs', 'finance', 'invoice', 'invoice_id', 'amount_eur', 'invoice_id')
] -%}
{%- set followed = 'if(is_of_its_customer, event_key, null)' -%}
{%- set parents = {
    'silver_orders': ('order', 'order_id'), 'silver_tickets_opened': ('ticket', 'ticket_id'),
    'silver_messages_sent': ('message', 'message_id'), 'silver_invoices': ('invoice', 'invoice_id'),
    'silver_status_changes_of_orders': ('order', followed), 'silver_returns_of_orders': ('order', followed)} -%}

with

{% for model in (children | map('first') | list + parents | list) | unique -%}
{{ model }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
children as (

    {% for model, department, parent, id, amount, key in children -%}
    select
        event_key,
        '{{ department }}' as department,
        '{{ model | replace("silver_", "") }}' as event,
        customer_id,
        '{{ parent }}' as waits_for,
        {{ id }} as awaited_id,
        lower({{ key }}) as parent_key,
        cast({{ amount }} as decimal(19, 4)) as amount_eur,
        occurred_at,
        enqueued_at
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

parents as (

    {% for model, (parent, key) in parents.items() -%}
    select
        '{{ parent }}' as waits_for,
        lower({{ key }}) as parent_key
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

waiting as (

    select * except (parent_key) from children
    left anti join parents using (waits_for, parent_key)

)

select * from waiting
