{#- The warehouse's side of the hand-over; see publish.sql. The DDL comes from each gold model's contract.

    A build reads one published set. One that builds every mart that is served takes the newest set and moves on to it;
    another keeps to the set that is served, so that the marts which it leaves alone agree with those it builds. -#}

{% macro attach_published() %}
    {%- if execute and target.type == 'synapse' and flags.WHICH in ('build', 'run') -%}
        {%- do run_query(external_lake_sql()) -%}
        {%- set moment = set_to_build_from() -%}
        {%- set versions = published_versions(moment) -%}
        {%- for node in gold_models() if published_name(node) in versions -%}
            {%- do run_query(attach_model_sql(node, versions[published_name(node)])) -%}
        {%- endfor -%}
        {%- do refuse_what_is_not_published(versions) -%}
        {{ log(versions | length ~ ' gold models attached, of the set published at ' ~ moment, info=true) }}
    {%- endif -%}
{% endmacro %}


{#- The pool reads the lake as itself: without a credential each reader of a mart would need a role there. -#}
{% macro external_lake_sql() %}
    {% for schema in ['external_lake', versions_schema(), target.schema] + gold_models() | map(attribute='schema') | unique | list %}
    if not exists (select * from sys.schemas where name = '{{ schema }}')
        exec('create schema [{{ schema }}]')
    {% endfor %}
    if not exists (select * from sys.symmetric_keys where name = '##MS_DatabaseMasterKey##')
        create master key
    if not exists (select * from sys.database_scoped_credentials where name = 'lake')
        create database scoped credential lake
        with identity = 'Managed Service Identity'
    if not exists (select * from sys.external_data_sources where name = 'lake')
        create external data source lake
        with (type = hadoop, location = '{{ var("lake_url") }}', credential = lake)
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
    if object_id('{{ switches() }}') is null
        create table {{ switches() }} (
            name nvarchar(256) not null,
            version varchar(64) not null,
            published_at datetime2(6) null,
            switched_at datetime2(6) not null
        )
        with (distribution = round_robin, heap)
{% endmacro %}


{#- What was switched to which version, when, and of which published set. -#}
{% macro switches() -%}
    {{ return(api.Relation.create(database=target.database, schema=versions_schema(), identifier='switches')) }}
{%- endmacro %}


{#- The gold models of the project, published or not. -#}
{% macro gold_models() %}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() if 'gold' in node.tags and node.resource_type == 'model' -%}
        {%- do models.append(node) -%}
    {%- endfor -%}
    {{ return(models) }}
{% endmacro %}


{#- When the set was published that this build reads: none before the first. -#}
{% macro set_to_build_from() %}
    {%- set served = run_query(served_sql()).rows -%}
    {%- set selected = built_nodes(selected_resources) | map(attribute='alias') | list -%}
    {%- if served | map('first') | reject('in', selected) | list -%}
        {{ return(served | map('last') | max) }}
    {%- endif -%}
    {{ return(run_query(newest_sql(env_var('PUBLISHED_SINCE', ''))).rows[0][0]) }}
{% endmacro %}


{#- The marts that are served, each with when its set was published. -#}
{% macro served_sql() %}
    select
        right(name, charindex('.', reverse(name)) - 1) as alias,
        convert(varchar(27), max(published_at), 126) as published_at
    from {{ switches() }}
    where name in ({{ quoted_names(marts()) }})
    group by name
{% endmacro %}


{#- Of what was published before the run began, so that its end finds what its start found. A check of changes, whose schemas
    others had before, takes no version that is older than itself (PUBLISHED_SINCE). -#}
{% macro newest_sql(since) %}
    select convert(varchar(27), max(finished_at), 126) as published_at
    from external_lake.versions
    where
        model in ({{ quoted_names(gold_models()) }})
        and version >= '{{ since | replace("'", "''") }}'
        and finished_at <= cast('{{ run_started_at.strftime("%Y-%m-%dT%H:%M:%S.%f") }}' as datetime2(6))
{% endmacro %}


{% macro quoted_names(nodes) %}
    {%- set names = [] -%}
    {%- for node in nodes -%}
        {%- do names.append("'" ~ published_name(node) ~ "'") -%}
    {%- endfor -%}
    {{ return(names | join(', ') or "''") }}
{% endmacro %}


{#- Model name to its folders in the set that was published then, newest first, and their columns. -#}
{% macro published_versions(moment) %}
    {%- set versions = {} -%}
    {%- if moment -%}
        {%- for row in run_query(published_versions_sql(moment)).rows -%}
            {%- do versions.setdefault(row[0], {'versions': [], 'column_names': row[2]}).versions.append(row[1]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(versions) }}
{% endmacro %}


{% macro published_versions_sql(moment) %}
    select
        model,
        version,
        column_names
    from external_lake.versions
    where
        finished_at = cast('{{ moment }}' as datetime2(6))
        and model in ({{ quoted_names(gold_models()) }})
    order by
        model,
        version desc
{% endmacro %}


{#- A mart cannot be built of what was never published; what is deferred is read where it stands. -#}
{% macro refuse_what_is_not_published(versions) %}
    {%- for node in built_nodes(selected_resources) if not flags.DEFER -%}
        {%- for parent in built_nodes(node.depends_on.nodes) if 'gold' in parent.tags
            and published_name(parent) not in versions -%}
            {{ exceptions.raise_compiler_error(
                node.alias ~ ' reads ' ~ published_name(parent) ~ ', which is not published. Build the lakehouse first.'
            ) }}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{#- An external table of its own for each folder, and a view of this run over them. A dedicated pool reads Parquet by the
    place of a column (Microsoft Learn, CREATE EXTERNAL TABLE), so a version with other columns is refused. The view that
    readers know is switched at the end of the run; where none is served yet it stands at once, for the views over it. -#}
{% macro attach_model_sql(node, row) %}
    {%- if row.column_names != column_names(node) -%}
        {{ exceptions.raise_compiler_error(
            published_name(node) ~ ' was last published with the columns ' ~ row.column_names ~ '; its contract has '
            ~ column_names(node) ~ '. Build the lakehouse first.'
        ) }}
    {%- endif -%}
    {%- for version in row.versions %}
    {{ attach_version_sql(node, version) }}
    {%- endfor %}
    {{ create_or_alter_view_sql(pending_relation(node), rows_of_layers(node, row.versions)) }}
    {{ create_view_once_sql(node, rows_of_layers(node, row.versions)) }}
{% endmacro %}


{% macro attach_version_sql(node, version) %}
    {%- set table = external_table(node, version) -%}
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
{% endmacro %}


{% macro external_table(node, version) -%}
    {{ return('external_lake.[' ~ published_name(node) ~ '@' ~ version ~ ']') }}
{%- endmacro %}


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
