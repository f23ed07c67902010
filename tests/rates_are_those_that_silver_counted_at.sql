-- an exchange rate that documents were counted at was edited: take them in at the new rate with
-- dbt build --select silver_sales_checked+ silver_marketing_checked+ silver_support_checked+ silver_finance_checked+ --full-refresh
{%- set departments = ['sales', 'marketing', 'support', 'finance'] %}

with

counted as (

    {% for department in departments -%}
    select
        currency,
        cast(occurred_at as date) as date_day,
        rate_to_eur
    from {{ ref('silver_' ~ department ~ '_checked') }}
    where currency is not null and is_accepted
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

days as (

    select distinct * from counted

),

rates as (

    select
        *,
        lead(valid_from) over (partition by currency order by valid_from) as valid_to
    from {{ ref('exchange_rates') }}

)

select
    days.currency,
    days.date_day,
    days.rate_to_eur as counted_at,
    rates.rate_to_eur as rate_now
from days
left join rates
    on
        days.currency = rates.currency
        and days.date_day >= rates.valid_from
        and days.date_day < coalesce(rates.valid_to, date '9999-12-31')
where days.rate_to_eur is distinct from rates.rate_to_eur
