{#- What must hold between the columns of one row. -#}
{% test expression_is_true(model, expression) %}

    select * from {{ model }}
    {%- if target.type == 'synapse' %}
    where case when {{ expression }} then 1 else 0 end = 0
    {%- else %}
    where not coalesce({{ expression }}, false)
    {%- endif %}

{% endtest %}
