{#- What must hold between the columns of one row. -#}
{% test expression_is_true(model, expression) %}

    select * from {{ model }}
    where not coalesce({{ expression }}, false)

{% endtest %}
