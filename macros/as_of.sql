{#- From when on things are judged: the variable where it is given, else the last value of a CTE's column. -#}
{% macro as_of(variable, type, column) -%}
    {%- if var(variable) -%}
        {{ type }} '{{ var(variable) }}'
    {%- else -%}
        (select cast(max({{ column }}) as {{ type }}) from {{ column.split('.')[0] }})
    {%- endif -%}
{%- endmacro %}
