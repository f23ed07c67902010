{#- 1 for the lowest fifth to 5 for the highest; equals score the same, the lower one. -#}
{% macro quintile(column, direction='asc') -%}
    cast(least(5, 1 + floor(5 * percent_rank() over (order by {{ column }} {{ direction }}))) as int)
{%- endmacro %}


{#- Where a status stands in an order's life, for two changes of one moment. -#}
{% macro place_in_life(status) -%}
    array_position(array('confirmed', 'shipped', 'delivered', 'cancelled'), {{ status }})
{%- endmacro %}


{#- Revenue: what was ordered and not cancelled, tax included, before returns. This definition is the only one. -#}
{% macro revenue_eur() -%}
    if(is_cancelled, cast(0 as decimal(19, 4)), amount_eur)
{%- endmacro %}


{#- Kept amount: revenue less what came back. This definition is the only one. -#}
{% macro kept_amount_eur() -%}
    cast(if(is_cancelled, 0, amount_eur - returned_amount_eur) as decimal(19, 4))
{%- endmacro %}
