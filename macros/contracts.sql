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


{#- What no event of a type may lack; the fields that ingestion's contract requires and that may not be null. -#}
{% macro required_fields() %}
    {% set fields = {
        'customer.profile.closed.v1': ['reason'],
        'sales.order.placed.v1': ['order_id', 'currency', 'amount', 'lines'],
        'sales.order.status_changed.v1': ['order_id', 'status'],
        'sales.order.returned.v1': ['return_id', 'order_id', 'currency', 'amount', 'lines'],
        'marketing.message.sent.v1': ['message_id', 'campaign_id', 'campaign_name', 'channel', 'cost', 'currency'],
        'marketing.message.opened.v1': ['message_id', 'campaign_id'],
        'marketing.message.clicked.v1': ['message_id', 'campaign_id', 'url'],
        'marketing.subscription.changed.v1': ['channel', 'subscribed'],
        'marketing.site.visited.v1': ['visit_id', 'page'],
        'support.ticket.opened.v1': ['ticket_id', 'priority', 'category'],
        'support.ticket.updated.v1': ['ticket_id', 'status'],
        'support.ticket.closed.v1': ['ticket_id', 'resolution', 'currency'],
        'support.survey.answered.v1': ['survey_id', 'ticket_id', 'score'],
        'finance.invoice.issued.v1': ['invoice_id', 'order_id', 'currency', 'amount', 'due_date'],
        'finance.payment.received.v1': ['payment_id', 'invoice_id', 'currency', 'amount'],
        'finance.refund.issued.v1': ['refund_id', 'invoice_id', 'currency', 'amount'],
        'finance.invoice.written_off.v1': ['invoice_id', 'currency', 'amount'],
    } %}
    {{ return(fields) }}
{% endmacro %}


{#- Fields whose values are a closed list, with the values that have a meaning. -#}
{% macro meanings() %}
    {% set values = {
        'customer.profile.closed.v1': {'reason': ['requested', 'inactive', 'merged', 'deceased']},
        'sales.order.status_changed.v1': {'status': ['confirmed', 'shipped', 'delivered', 'cancelled']},
        'marketing.message.sent.v1': {'channel': ['email', 'sms', 'push']},
        'marketing.subscription.changed.v1': {'channel': ['email', 'sms', 'push']},
        'support.ticket.opened.v1': {'priority': ['low', 'normal', 'high', 'urgent']},
        'support.ticket.updated.v1': {
            'status': ['in_progress', 'waiting', 'reopened'],
            'priority': ['low', 'normal', 'high', 'urgent'],
        },
        'support.survey.answered.v1': {'score': [1, 2, 3, 4, 5]},
    } %}
    {{ return(values) }}
{% endmacro %}


{#- Documents that a business numbers itself: the fields of their number, and those that two reports of one document
    must agree in, besides the customer and the currency. -#}
{% macro documents() %}
    {% set numbers = {
        'sales.order.placed.v1': {'number': ['order_id'], 'claims': ['amount']},
        'sales.order.returned.v1': {'number': ['return_id'], 'claims': ['order_id', 'amount']},
        'marketing.message.sent.v1': {'number': ['message_id'], 'claims': ['campaign_id', 'cost']},
        'marketing.site.visited.v1': {'number': ['visit_id'], 'claims': ['page']},
        'support.ticket.opened.v1': {'number': ['ticket_id'], 'claims': []},
        'support.survey.answered.v1': {'number': ['survey_id'], 'claims': ['ticket_id', 'score']},
        'finance.invoice.issued.v1': {'number': ['invoice_id'], 'claims': ['order_id', 'amount']},
        'finance.payment.received.v1': {'number': ['payment_id'], 'claims': ['invoice_id', 'amount']},
        'finance.refund.issued.v1': {'number': ['refund_id'], 'claims': ['invoice_id', 'amount']},
        'finance.invoice.written_off.v1': {'number': ['invoice_id', 'amount'], 'claims': []},
    } %}
    {{ return(numbers) }}
{% endmacro %}
