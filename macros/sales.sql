{#- 1 for the lowest fifth to 5 for the highest; equals score the same, the lower one. -#}
{% macro quintile(column, direction='asc') -%}
    cast(least(5, 1 + floor(5 * percent_rank() over (order by {{ column }} {{ direction }}))) as int)
{%- endmacro %}
