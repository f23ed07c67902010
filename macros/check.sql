{#- What a check of changes needs besides dbt's own commands; see scripts/check_changes. -#}

{#- Logs one line of JSON: for each pair of relations the rows of both, and with columns the rows that only one has. -#}
{% macro row_differences(pairs) %}
    {%- set found = {} -%}
    {%- for pair in pairs -%}
        {%- set counts = {} -%}
        {%- for row in run_query(row_differences_sql(pair)).rows -%}
            {%- do counts.update({row[0]: row[1] | int}) -%}
        {%- endfor -%}
        {%- do found.update({pair.model: counts}) -%}
    {%- endfor -%}
    {{ log('row_differences ' ~ tojson(found), info=true) }}
{% endmacro %}


{% macro row_differences_sql(pair) %}
    select 'before' as what, count(*) as row_count from {{ pair.before }}
    union all
    select 'after' as what, count(*) as row_count from {{ pair.after }}
    {%- if pair.columns %}
    {%- set columns = pair.columns | join(', ') %}
    {%- for what, here, there in [('removed', pair.before, pair.after), ('added', pair.after, pair.before)] %}
    union all
    select '{{ what }}' as what, count(*) as row_count
    from (select {{ columns }} from {{ here }} except select {{ columns }} from {{ there }}) as {{ what }}
    {%- endfor %}
    {%- endif %}
{% endmacro %}


{#- Drops the schemas that a developer's or a check's own schema name made, and the external tables under them; never the
    clean ones. -#}
{% macro drop_own_schemas() %}
    {%- if target.schema in ('default', 'dbo') -%}
        {{ exceptions.raise_compiler_error('drop_own_schemas: ' ~ target.schema ~ ' is not a schema of your own') }}
    {%- endif -%}
    {%- set schemas = [target.schema, generate_schema_name('handover'), versions_schema()] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot') -%}
        {%- do schemas.append(node.schema) -%}
    {%- endfor -%}
    {%- for schema in schemas | unique if schema.startswith(target.schema) -%}
        {%- do adapter.drop_schema(api.Relation.create(database=target.database, schema=schema)) -%}
    {%- endfor -%}
    {%- if target.type == 'synapse' -%}
        {%- set attached = "select name from sys.external_tables where left(name, " ~ (target.schema | length + 1) ~ ") = '"
            ~ target.schema ~ "_'" -%}
        {%- for row in run_query(attached).rows -%}
            {%- do run_query('drop external table external_lake.[' ~ row[0] ~ ']') -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
