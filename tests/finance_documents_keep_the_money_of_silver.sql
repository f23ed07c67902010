-- currency by currency, the book of gold holds what silver's four kinds of documents hold
{%- set kinds = ['silver_invoices', 'silver_payments', 'silver_refunds', 'silver_write_offs'] %}

with

silver as (

    {% for model in kinds -%}
    select
        currency,
        amount
    from {{ ref(model) }}
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
