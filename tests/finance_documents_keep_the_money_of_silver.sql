-- currency by currency, the book of gold holds what silver's four kinds of documents hold, each as it was reported first
{%- set firsts = {
    'silver_invoices': 'invoice_id', 'silver_payments': 'payment_id', 'silver_refunds': 'refund_id',
    'silver_write_offs': 'event_id'
} %}

with

silver as (

    {% for model, id in firsts.items() -%}
    select
        currency,
        amount
    from {{ ref(model) }}
    qualify row_number() over (partition by {{ id }} order by occurred_at, event_id) = 1
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

both_layers as (

    select
        currency,
        amount as gold,
        0 as silver
    from {{ ref('fct_finance_documents') }}
    union all
    select
        currency,
        0 as gold,
        amount as silver
    from silver

)

select
    currency,
    sum(gold) as gold,
    sum(silver) as silver
from both_layers
group by currency
having sum(gold) <> sum(silver)
