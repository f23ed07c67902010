{#- A materialization for marts: a new table for each build behind a view that is switched with ALTER VIEW,
    so that readers never meet a missing or half-filled table (dbt-synapse issue 107). -#}
{% materialization published_table, adapter='synapse' %}
    {%- set version = run_started_at.strftime('%Y%m%dT%H%M%S%fZ') -%}
    {%- set table = '[' ~ this.schema ~ '].[' ~ this.identifier ~ '@' ~ version ~ ']' -%}
    {%- set rows = '[' ~ this.schema ~ '].[' ~ this.identifier ~ '@' ~ version ~ '_rows]' -%}
    {%- set columns = contract_columns() | join(', ') -%}
    {%- set view = '[' ~ this.schema ~ '].[' ~ this.identifier ~ ']' -%}
    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks) }}

    {% call statement('create_table') %}
        {{ create_versioned_table_sql(table) }}
    {% endcall %}
    {#- a dedicated pool takes WITH before SELECT only, not before or inside INSERT (Microsoft Learn, CTE) -#}
    {% call statement('create_rows') %}
        exec('create view {{ rows }} as {{ compiled_code | replace("'", "''") }}')
    {% endcall %}
    {% call statement('main') %}
        insert into {{ table }} ({{ columns }}) select {{ columns }} from {{ rows }}
    {% endcall %}
    {% call statement('drop_rows') %}
        drop view {{ rows }}
    {% endcall %}
    {% call statement('switch_view') %}
        {{ create_or_alter_view_sql(view, 'select * from ' ~ table) }}
    {% endcall %}
    {% call statement('drop_old_tables') %}
        {{ drop_old_tables_sql(table) }}
    {% endcall %}

    {{ run_hooks(post_hooks) }}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=true) %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro contract_columns() %}
    {%- set names = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do names.append('[' ~ column.name ~ ']') -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{% macro create_versioned_table_sql(table) %}
    create table {{ table }} (
        {% for column in model.columns.values() -%}
        [{{ column.name }}] {{ column.data_type }}{{ ',' if not loop.last }}
        {% endfor -%}
    )
    with (distribution = {{ config.get('dist') }}, clustered columnstore index)
{% endmacro %}


{#- The version before stays one build longer, for readers that hold it. -#}
{% macro drop_old_tables_sql(table) %}
    {%- set rows = run_query(
        "select name from sys.tables where schema_id = schema_id('" ~ this.schema ~ "') and name like '"
        ~ this.identifier ~ "@%' order by name desc"
    ) -%}
    {%- for row in rows.rows[2:] %}
    drop table [{{ this.schema }}].[{{ row[0] }}]
    {%- else %}
    select 1 as nothing_to_drop
    {%- endfor %}
{% endmacro %}
