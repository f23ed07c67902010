{#- Trimmed, in lower case; null where there is nothing. -#}
{% macro clean_email(column) -%}
    nullif(lower(trim({{ column }})), '')
{%- endmacro %}


{#- Digits with a leading plus; null where there is no digit. -#}
{% macro clean_phone(column) -%}
    nullif(concat('+', regexp_replace({{ column }}, '[^0-9]', '')), '+')
{%- endmacro %}


{#- Euros at the row's rate_to_eur, four decimals. -#}
{% macro to_eur(amount) -%}
    cast(({{ amount }}) * rate_to_eur as decimal(19, 4))
{%- endmacro %}


{#- What an order's lines add up to, tax included. -#}
{% macro order_total(lines) -%}
    aggregate(
        {{ lines }},
        cast(0 as decimal(38, 4)),
        (total, line) -> cast(
            total
            + line.quantity * line.unit_price
            - coalesce(line.discount, 0)
            + coalesce(line.tax, 0) as decimal(38, 4)
        )
    )
{%- endmacro %}
