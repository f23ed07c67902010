{#- Each event type's payload as Spark types it: the same fields as ingestion/contracts/<type>.json. -#}
{% macro contracts() %}
    {% set fields = {
        'customer.profile.updated.v1': {
            'first_name': 'string',
            'last_name': 'string',
            'email': 'string',
            'phone': 'string',
            'birth_date': 'date',
            'address': 'struct<street: string, city: string, postal_code: string, country: string>',
            'segment': 'string',
            'marketing_consent': 'boolean',
            'channel': 'string',
        },
        'customer.profile.closed.v1': {
            'reason': 'string',
            'merged_into': 'string',
        },
        'sales.order.placed.v1': {
            'order_id': 'string',
            'currency': 'string',
            'amount': 'decimal(19, 4)',
            'lines': 'array<struct<line_number: bigint, product_id: string, product_name: string, quantity: bigint, unit_price: decimal(19, 4), discount: decimal(19, 4), tax: decimal(19, 4), category: string>>',
            'channel': 'string',
        },
        'sales.order.status_changed.v1': {
            'order_id': 'string',
            'status': 'string',
            'reason': 'string',
        },
        'sales.order.returned.v1': {
            'return_id': 'string',
            'order_id': 'string',
            'currency': 'string',
            'amount': 'decimal(19, 4)',
            'lines': 'array<struct<line_number: bigint, quantity: bigint, amount: decimal(19, 4)>>',
            'reason': 'string',
        },
        'marketing.message.sent.v1': {
            'message_id': 'string',
            'campaign_id': 'string',
            'campaign_name': 'string',
            'channel': 'string',
            'cost': 'decimal(19, 4)',
            'currency': 'string',
        },
        'marketing.message.opened.v1': {
            'message_id': 'string',
            'campaign_id': 'string',
        },
        'marketing.message.clicked.v1': {
            'message_id': 'string',
            'campaign_id': 'string',
            'url': 'string',
        },
        'marketing.subscription.changed.v1': {
            'channel': 'string',
            'subscribed': 'boolean',
        },
        'marketing.site.visited.v1': {
            'visit_id': 'string',
            'page': 'string',
            'device': 'string',
            'campaign_id': 'string',
        },
        'support.ticket.opened.v1': {
            'ticket_id': 'string',
            'priority': 'string',
            'category': 'string',
            'channel': 'string',
            'order_id': 'string',
        },
        'support.ticket.updated.v1': {
            'ticket_id': 'string',
            'status': 'string',
            'agent_id': 'string',
            'priority': 'string',
        },
        'support.ticket.closed.v1': {
            'ticket_id': 'string',
            'resolution': 'string',
            'currency': 'string',
            'goodwill': 'decimal(19, 4)',
        },
        'support.survey.answered.v1': {
            'survey_id': 'string',
            'ticket_id': 'string',
            'score': 'bigint',
        },
        'finance.invoice.issued.v1': {
            'invoice_id': 'string',
            'order_id': 'string',
            'currency': 'string',
            'amount': 'decimal(19, 4)',
            'due_date': 'date',
        },
        'finance.payment.received.v1': {
            'payment_id': 'string',
            'invoice_id': 'string',
            'currency': 'string',
            'amount': 'decimal(19, 4)',
            'method': 'string',
        },
        'finance.refund.issued.v1': {
            'refund_id': 'string',
            'invoice_id': 'string',
            'currency': 'string',
            'amount': 'decimal(19, 4)',
            'reason': 'string',
        },
        'finance.invoice.written_off.v1': {
            'invoice_id': 'string',
            'currency': 'string',
            'amount': 'decimal(19, 4)',
            'reason': 'string',
        },
    } %}
    {{ return(fields) }}
{% endmacro %}
