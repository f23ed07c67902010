{#- The amount of a document in the currency of its invoice or order; through euros where they differ. -#}
{% macro in_currency_of(invoices, documents) -%}
    cast(
            if(
                {{ documents }}.currency = {{ invoices }}.currency,
                {{ documents }}.amount,
                {{ documents }}.amount_eur / {{ invoices }}.rate_to_eur
            ) as decimal(19, 4)
        )
{%- endmacro %}


{#- The sum of an amount where all rows of the group share one currency, else null: different currencies do not add up. -#}
{% macro sum_of_one_currency(amount) -%}
    cast(if(count(distinct currency) = 1, sum({{ amount }}), null) as decimal(19, 4))
{%- endmacro %}


{#- What the invoices of an order say less what the order says, where both speak of one currency. -#}
{% macro difference_of_one_currency(invoiced, ordered) -%}
    cast(
            if(
                invoiced.invoice_currency = orders.currency,
                invoiced.{{ invoiced }} - orders.{{ ordered }},
                null
            ) as decimal(19, 4)
        )
{%- endmacro %}


{#- Days of sales that are still owed: open by invoiced in three months, times the days of those months. -#}
{% macro days_sales_outstanding(open, invoiced, month) -%}
    round(
            cast({{ open }} / nullif({{ invoiced }}, 0) as double) * datediff(add_months({{ month }}, 1), add_months({{ month }}, -2)), 1
        )
{%- endmacro %}
