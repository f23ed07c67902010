{#- dbt-fabric's unit tests nest CTEs and fill a table that names no distribution; a dedicated SQL pool takes neither
    (https://learn.microsoft.com/sql/t-sql/queries/with-common-table-expression-transact-sql). Here a view stands for
    the tested query. -#}
{% materialization unit, adapter='synapse' %}
    {%- set tested = this.incorporate(path={'identifier': this.identifier ~ '_under_test'}, type='view') %}
    {% do run_query(get_create_view_as_sql(tested, sql)) %}
    {%- set types, quoted = {}, {} %}
    {%- for column in adapter.get_columns_in_relation(tested) %}
        {%- do types.update({column.name | lower: column.data_type}) %}
        {%- do quoted.update({column.name | lower: column.quoted}) %}
    {%- endfor %}
    {%- set rows = config.get('expected_rows') %}
    {%- set columns = [] %}
    {%- for column in (rows[0] if rows else types) %}
        {%- do columns.append(quoted[column | lower]) %}
    {%- endfor %}

    {% call statement('main', fetch_result=True) %}
        select
            {{ columns | join(', ') }},
            'actual' as actual_or_expected
        from {{ tested }}
        union all
        select
            {{ columns | join(', ') }},
            'expected' as actual_or_expected
        from ({{ config.get('expected_sql') or get_expected_sql(rows, types, quoted) }}) as expected
    {% endcall %}

    {% do adapter.drop_relation(tested) %}
    {{ return({'relations': []}) }}
{% endmaterialization %}
