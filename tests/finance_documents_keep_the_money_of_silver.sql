-- currency by currency, the book of gold holds what silver's four kinds of documents hold
select
    currency,
    sum(gold) as gold,
    sum(silver) as silver
from (
    select currency, amount as gold, 0 as silver from {{ ref('fct_finance_documents') }}
    union all
    select currency, 0 as gold, amount as silver from {{ ref('silver_invoices') }}
    union all
    select currency, 0 as gold, amount as silver from {{ ref('silver_payments') }}
    union all
    select currency, 0 as gold, amount as silver from {{ ref('silver_refunds') }}
    union all
    select currency, 0 as gold, amount as silver from {{ ref('silver_write_offs') }}
) as both_layers
group by currency
having sum(gold) <> sum(silver)
