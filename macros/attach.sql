{#- The warehouse's side of the hand-over; see publish.sql. The DDL comes from each gold model's contract. -#}

{% macro attach_published() %}
    {%- if execute and target.type == 'synapse' and flags.WHICH in ('build', 'run') -%}
        {%- do run_query(external_lake_sql()) -%}
        {%- set newest = newest_versions() -%}
        {%- for node in gold_models() -%}
            {%- set row = newest.get(published_name(node)) -%}
            {%- if row -%}
                {%- do run_query(attach_model_sql(node, row)) -%}
            {%- endif -%}
        {%- endfor -%}
        {{ log(newest | length ~ ' gold models attached', info=true) }}
    {%- endif -%}
{% endmacro %}


{% macro external_lake_sql() %}
    {% for schema in ['external_lake', target.schema] + gold_models() | map(attribute='schema') | unique | list %}
    if not exists (select * from sys.schemas where name = '{{ schema }}')
        exec('create schema [{{ schema }}]')
    {% endfor %}
    if not exists (select * from sys.external_data_sources where name = 'lake')
        create external data source lake
        with (type = hadoop, location = '{{ var("lake_url") }}')
    if not exists (select * from sys.external_file_formats where name = 'parquet')
        create external file format parquet with (format_type = parquet)
    if object_id('external_lake.versions') is null
        create external table external_lake.versions (
            model nvarchar(256),
            version nvarchar(64),
            column_names nvarchar(4000),
            row_count bigint,
            finished_at datetime2(6)
        )
        with (location = '/publish/versions/', data_source = lake, file_format = parquet)
{% endmacro %}


{#- The gold models of the project, published or not. -#}
{% macro gold_models() %}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() if 'gold' in node.tags and node.resource_type == 'model' -%}
        {%- do models.append(node) -%}
    {%- endfor -%}
    {{ return(models) }}
{% endmacro %}


{#- Model name to the row of its newest version. A check of changes, whose schemas others had before, takes none that
    is older than itself (PUBLISHED_SINCE). -#}
{% macro newest_versions() %}
    {%- set rows = run_query(newest_versions_sql(env_var('PUBLISHED_SINCE', ''))) -%}
    {%- set newest = {} -%}
    {%- for row in rows.rows -%}
        {%- do newest.update({row[0]: {'version': row[1], 'column_names': row[2]}}) -%}
    {%- endfor -%}
    {{ return(newest) }}
{% endmacro %}


{% macro newest_versions_sql(since) %}
    select
        model,
        version,
        column_names
    from (
        select
            *,
            row_number() over (partition by model order by version desc) as place
        from external_lake.versions
        where version >= '{{ since | replace("'", "''") }}'
    ) as ranked
    where place = 1
{% endmacro %}


{#- An external table of its own for each version, and one view that is switched to it. A dedicated pool reads Parquet by
    the place of a column (Microsoft Learn, CREATE EXTERNAL TABLE), so a version with other columns is refused. -#}
{% macro attach_model_sql(node, row) %}
    {%- set version = row.version -%}
    {%- if row.column_names != column_names(node) -%}
        {{ exceptions.raise_compiler_error(
            published_name(node) ~ ' was last published with the columns ' ~ row.column_names ~ '; its contract has '
            ~ column_names(node) ~ '. Build the lakehouse first.'
        ) }}
    {%- endif -%}
    {%- set table = 'external_lake.[' ~ published_name(node) ~ '@' ~ version ~ ']' -%}
    {%- set view = '[' ~ node.schema ~ '].[' ~ node.alias ~ ']' -%}
    if object_id('{{ table }}') is null
        create external table {{ table }} (
            {% for column in node.columns.values() -%}
            [{{ column.name }}] {{ synapse_type(column.data_type) }}{{ ',' if not loop.last }}
            {% endfor -%}
        )
        with (
            location = '/publish/{{ published_name(node) }}/version={{ version }}/',
            data_source = lake,
            file_format = parquet
        )
    {{ create_or_alter_view_sql(view, 'select * from ' ~ table) }}
{% endmacro %}


{#- The T-SQL type that reads a Parquet column of this Databricks type
    (Microsoft Learn, CREATE EXTERNAL TABLE, "Data types for Parquet"). -#}
{% macro synapse_type(databricks_type) %}
    {%- set types = {
        'string': 'nvarchar(4000)',
        'bigint': 'bigint',
        'int': 'int',
        'double': 'float',
        'boolean': 'bit',
        'date': 'date',
        'timestamp': 'datetime2(6)',
    } -%}
    {%- if databricks_type.startswith('decimal') -%}
        {{ return(databricks_type) }}
    {%- elif databricks_type not in types -%}
        {{ exceptions.raise_compiler_error('no T-SQL type for ' ~ databricks_type ~ '; add it to synapse_type') }}
    {%- endif -%}
    {{ return(types[databricks_type]) }}
{% endmacro %}
