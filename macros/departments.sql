{#- The departments that events are split by; each has a raw table, its bronze and its silver. -#}
{% macro departments() %}
    {{ return(['customer', 'sales', 'marketing', 'support', 'finance']) }}
{% endmacro %}
