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
