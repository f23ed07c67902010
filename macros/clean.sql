{#- Trimmed, in lower case; null where there is nothing. E-mail addresses, and what figures are grouped by, since the warehouse
    and Power BI compare without case or trailing blanks. -#}
{% macro clean_text(column) -%}
    nullif(lower(trim({{ column }})), '')
{%- endmacro %}


{#- E.164 where the number says its country itself (a plus, then digits and separators: ITU-T E.164, at most 15 digits);
    else as it came, trimmed: nobody can know the country of 030 123. -#}
{% macro clean_phone(column) -%}
    nullif(
            if(
                trim({{ column }}) rlike '^[+][0-9]([0-9 ./-]*[0-9])?$'
                and length(regexp_replace({{ column }}, '[^0-9]', '')) between 7 and 15,
                concat('+', regexp_replace({{ column }}, '[^0-9]', '')),
                trim({{ column }})
            ), ''
        )
{%- endmacro %}


{#- Euros at the row's rate_to_eur, four decimals; nothing is nothing in any currency. -#}
{% macro to_eur(amount) -%}
    cast(if(({{ amount }}) = 0, 0, ({{ amount }}) * rate_to_eur) as decimal(19, 4))
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


{#- What the lines of a return add up to. -#}
{% macro returned_total(lines) -%}
    aggregate({{ lines }}, cast(0 as decimal(38, 4)), (total, line) -> cast(total + line.amount as decimal(38, 4)))
{%- endmacro %}


{#- As to_eur, of an amount that may be too large for it or have no rate: null then. -#}
{% macro try_eur(amount) -%}
    try_cast(try_multiply({{ amount }}, rate_to_eur) as decimal(19, 4))
{%- endmacro %}
