{#- A materialization for marts: a new table for each build. Its tests read it as ref() (pending.sql), and the view that
    readers know is switched to it once all of the run is proven (switch.sql), so that readers meet neither a missing
    or half-filled table (dbt-synapse issue 107) nor a figure that failed. -#}
{% materialization published_table, adapter='synapse' %}
    {%- set table = pending_relation(model) -%}
    {%- set rows = table.incorporate(path={'identifier': table.identifier ~ '_rows'}) -%}
    {%- set columns = contract_columns() | join(', ') -%}

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
    {% call statement('statistics') %}
        {{ create_statistics_sql(table) }}
    {% endcall %}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{% endmaterialization %}


{% macro contract_columns() %}
    {%- set names = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do names.append('[' ~ column.name ~ ']') -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{% macro create_versioned_table_sql(table) %}
    {%- set key = key_column() -%}
    create table {{ table }} (
        {% for column in model.columns.values() -%}
        [{{ column.name }}] {{ column.data_type }}{{ ' not null' if column.name == key }},
        {% endfor -%}
        {{ key_sql(table, key) }}
    )
    with (distribution = {{ config.get('dist') }}, {{ config.get('index') }})
{% endmacro %}


{#- A pool trusts a key and checks none, and answers wrong where it does not hold (Microsoft Learn, table constraints in
    dedicated SQL pool): so what is tested to be one before the mart is served is declared one, and nothing else. -#}
{% macro key_sql(table, key) %}
    {%- set columns = [key] if key else tested_columns('unique_combination_of_columns') -%}
    {%- if not columns -%}
        {{ exceptions.raise_compiler_error(model.name ~ ' has no key: test one column for unique and not_null, or several '
            ~ 'for unique_combination_of_columns') }}
    {%- endif -%}
    constraint [key_{{ table.identifier }}]
    {{ 'primary key nonclustered' if key else 'unique' }} ([{{ columns | join('], [') }}]) not enforced
{%- endmacro %}


{% macro key_column() %}
    {{ return(tested_columns('unique') | select('in', tested_columns('not_null')) | first) }}
{% endmacro %}


{#- The columns of this mart that its data tests of this name are of. -#}
{% macro tested_columns(name) %}
    {%- set columns = [] -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.attached_node == model.unique_id
        and test.test_metadata.name == name -%}
        {%- set named = test.test_metadata.kwargs.combination_of_columns or [test.column_name] -%}
        {%- do columns.extend(named) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{#- Of what a mart is joined and narrowed by: its key, the keys of others in it, and its days. A pool makes statistics by
    itself, but while the first reader waits (Microsoft Learn, statistics in Synapse SQL). -#}
{% macro create_statistics_sql(table) %}
    {%- set columns = tested_columns('unique') + tested_columns('unique_combination_of_columns')
        + tested_columns('relationships') -%}
    {%- for column in model.columns.values() if column.name in columns or column.data_type == 'date' %}
    create statistics [statistics_{{ column.name }}] on {{ table }} ([{{ column.name }}])
    {%- endfor %}
{% endmacro %}
