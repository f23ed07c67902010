{#- dbt's own test begins with WITH, which dbt-synapse puts into a view of random name. -#}
{% macro synapse__test_relationships(model, column_name, to, field) %}

    select child.{{ column_name }}
    from {{ model }} as child
    left join {{ to }} as parent on child.{{ column_name }} = parent.{{ field }}
    where child.{{ column_name }} is not null and parent.{{ field }} is null

{% endmacro %}
