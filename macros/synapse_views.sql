{#- A mart that is a view: written beside the one that is served, as a table is, and switched with it. Where none is served
    yet it stands at once. dbt-fabric's materialization renames a view away and makes it anew: until it stands again its
    readers, and the views over it, meet a hole; nor is a view among what RENAME renames (Microsoft Learn, RENAME). -#}
{% materialization view, adapter='synapse' %}
    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks) }}

    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif -%}
    {% call statement('main') %}
        {{ create_or_alter_view_sql(pending_relation(model), compiled_code) }}
    {% endcall %}
    {% call statement('stands_at_once') %}
        {{ create_view_once_sql(model, as_served(compiled_code)) }}
    {% endcall %}

    {{ run_hooks(post_hooks) }}
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


{% macro create_view_once_sql(node, query) %}
    {%- set view = served_relation(node) -%}
    if object_id('{{ view }}') is null
        exec('create view {{ view }} as {{ query | replace("'", "''") }}')
{% endmacro %}


{% macro served_relation(node) %}
    {{ return(api.Relation.create(database=target.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}


{#- dbt-fabric wraps the query in a CTE, and a dedicated pool nests none (Microsoft Learn, WITH common_table_expression):
    the query itself tells its columns. -#}
{% macro synapse__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {{ select_sql }}
{%- endmacro %}
