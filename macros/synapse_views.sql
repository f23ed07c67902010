{#- dbt-synapse compares a view with its contract and yet warns that it cannot: the comparison stays, the warning goes. -#}
{% macro synapse__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    exec('create view {{ relation }} as {{ sql | replace("'", "''") }}')
{%- endmacro %}


{#- dbt-fabric wraps the query in a CTE, and a dedicated pool nests none (Microsoft Learn, WITH common_table_expression):
    the query itself tells its columns. -#}
{% macro synapse__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {{ select_sql }}
{%- endmacro %}
