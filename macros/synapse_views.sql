{#- A view that is altered in place. dbt-fabric's is renamed away and made anew: until it stands again its readers, and
    the views over it, meet a hole; nor is a view among what RENAME renames (Microsoft Learn, RENAME). -#}
{% materialization view, adapter='synapse' %}
    {%- set view = '[' ~ this.schema ~ '].[' ~ this.identifier ~ ']' -%}
    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks) }}

    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif -%}
    {% call statement('main') %}
        {{ create_or_alter_view_sql(view, compiled_code) }}
    {% endcall %}

    {{ run_hooks(post_hooks) }}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=true) %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- A dedicated pool has no CREATE OR ALTER VIEW, and takes either of the two in a batch of its own. -#}
{% macro create_or_alter_view_sql(view, query) %}
    {%- set definition = query | replace("'", "''") -%}
    if object_id('{{ view }}') is null
        exec('create view {{ view }} as {{ definition }}')
    else
        exec('alter view {{ view }} as {{ definition }}')
{% endmacro %}


{#- dbt-fabric wraps the query in a CTE, and a dedicated pool nests none (Microsoft Learn, WITH common_table_expression):
    the query itself tells its columns. -#}
{% macro synapse__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {{ select_sql }}
{%- endmacro %}
