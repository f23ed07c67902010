{#- How dbt-databricks makes a table, so that a reader never meets an empty or half-made one. Its own create_table_at, which
    this takes the place of, creates or replaces the table empty and fills it with an insert behind that
    (dbt-databricks issues 1102 and 1269); with use_safer_relation_operations two renames leave a moment without a table.
    Here every change is one commit of Delta:

    no table yet    made beside, filled, then renamed
    same columns    insert overwrite, then tags and the comments that changed
    other columns   create or replace table as select, then constraints, tags and comments; so does a full refresh, which is
                    what a constraint that was added to a column takes -#}
{% macro create_table_at(relation, intermediate_relation, compiled_code) %}
    {%- set existing = adapter.get_relation(
        database=relation.database, schema=relation.schema, identifier=relation.identifier
    ) -%}
    {%- if not existing -%}
        {%- do create_beside(relation, intermediate_relation, compiled_code) -%}
    {%- elif not should_full_refresh() and same_columns(existing, intermediate_relation) -%}
        {%- if config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
        {%- endif -%}
        {% call statement('main') %}
            insert overwrite table {{ relation }} by name select * from {{ intermediate_relation }}
        {% endcall %}
        {%- do apply_tags(relation, config.get('databricks_tags')) -%}
        {%- do persist_docs(relation, model) -%}
    {%- else -%}
        {% call statement('main') %}
            {{ databricks__create_table_as(false, relation, in_types_of_contract(compiled_code)) }}
        {% endcall %}
        {%- do databricks__alter_column_set_constraints(relation, model) -%}
        {%- do databricks__alter_table_add_constraints(relation, model) -%}
        {%- do apply_tags(relation, config.get('databricks_tags')) -%}
        {%- do persist_docs(relation, model) -%}
    {%- endif -%}
{% endmacro %}


{% macro create_beside(relation, intermediate_relation, compiled_code) %}
    {%- set beside = make_staging_relation(relation) -%}
    {%- set parsed = parse_model_columns_and_constraints(adapter.get_columns_in_relation(intermediate_relation)) -%}
    {%- set beside = beside.enrich(parsed[1]) -%}
    {% call statement('main') %}
        {{ get_create_table_sql(beside, parsed[0], compiled_code) }}
    {% endcall %}
    {%- do apply_alter_constraints(beside) -%}
    {%- do apply_tags(beside, config.get('databricks_tags')) -%}
    {% call statement('fill') %}
        insert into {{ beside }} by name select * from {{ intermediate_relation }}
    {% endcall %}
    {%- do adapter.rename_relation(beside, relation) -%}
{% endmacro %}


{% macro same_columns(one, other) %}
    {%- set here, there = {}, {} -%}
    {%- set types = contract_types() -%}
    {%- for column in adapter.get_columns_in_relation(one) -%}
        {%- do here.update({column.name: column.dtype | replace(' ', '')}) -%}
    {%- endfor -%}
    {%- for column in adapter.get_columns_in_relation(other) -%}
        {%- do there.update({column.name: types.get(column.name, column.dtype) | replace(' ', '')}) -%}
    {%- endfor -%}
    {{ return(here == there) }}
{% endmacro %}


{#- Column to type of a contract that is enforced; empty without one. -#}
{% macro contract_types() %}
    {%- set types = {} -%}
    {%- for column in model.columns.values() if config.get('contract').enforced -%}
        {%- do types.update({column.name: column.data_type}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}


{#- A table made of a query takes its types: a sum of decimal(19, 4) is wider than its contract. -#}
{% macro in_types_of_contract(query) -%}
    {%- set types = contract_types() -%}
    {%- if types %}
    select
        {%- for name, type in types.items() %}
        cast({{ name }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ query }}
    )
    {%- else -%}
        {{ query }}
    {%- endif -%}
{%- endmacro %}
