{#- What keeps the lake small, for once a day: scripts/maintain runs all of it.

    maintain_tables    the stream writes a small file a minute: OPTIMIZE makes large ones of them; VACUUM removes the files
                       that no version of the last seven days holds, of raw and of what dbt builds
    attached_versions  what the warehouse has external tables over: a reader may hold it
    expire_published   published versions and sets beyond keep_versions and keep_hours, but for those in use, are emptied. Sets themselves are
                       some 30 rows each and stay. -#}

{% macro maintain_tables() %}
    {%- for node in graph.sources.values() if node.source_name == 'raw' -%}
        {%- do run_query('optimize ' ~ node.relation_name) -%}
        {%- do run_query('vacuum ' ~ node.relation_name) -%}
        {{ log('compacted ' ~ node.name, info=true) }}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'snapshot')
        and node.config.materialized in ('table', 'incremental', 'snapshot') -%}
        {%- if load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -%}
            {%- do run_query('vacuum ' ~ node.relation_name) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#- Logs one line of JSON. -#}
{% macro attached_versions() %}
    {%- set rows = run_query("select distinct right(name, charindex('@', reverse(name)) - 1) from sys.external_tables "
        ~ "where charindex('@', name) > 0").rows -%}
    {{ log('attached_versions ' ~ tojson(rows | map('first') | list), info=true) }}
{% endmacro %}


{#- A folder is emptied by overwriting it, which every engine can; the record of the version goes last. -#}
{% macro expire_published(in_use=[]) %}
    {%- set since = modules.datetime.datetime.utcnow() - modules.datetime.timedelta(hours=var('keep_hours')) -%}
    {%- set old = run_query(old_versions_sql(since, in_use)).rows if relation_stands(sets_table()) else [] -%}
    {%- for model, version in old -%}
        {%- do run_query(empty_folder_sql(model ~ '/version=' ~ version)) -%}
        {%- for table in (builds_table(), slices_table()) -%}
            {%- do run_query("delete from " ~ table ~ " where model = '" ~ model ~ "' and version = '" ~ version ~ "'") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ log(old | length ~ ' published versions expired', info=true) }}
{% endmacro %}


{#- Of each published model, the folders written before that moment, but for those of the newest sets, those in use, and what was
    built last. -#}
{% macro old_versions_sql(since, in_use) %}
    with written as (
        select
            *,
            max(run) over (partition by model) as last_run
        from (
            select model, version as run, version from {{ builds_table() }}
            union all
            select model, run, version from {{ slices_table() }}
        )
    ),

    kept as (
        select
            model,
            version
        from {{ sets_table() }}
        qualify dense_rank() over (order by set_version desc) <= {{ var('keep_versions') }}
    )

    select distinct
        written.model,
        written.version
    from written
    left anti join kept on written.model = kept.model and written.version = kept.version
    where
        written.model in ({{ quoted_names(public_gold_models()) }})
        and written.version < '{{ since.strftime('%Y%m%dT%H%M%S') }}'
        and written.run < written.last_run
        and written.version not in ('{{ (in_use + ['']) | join("', '") }}')
{% endmacro %}


{% macro empty_folder_sql(folder) %}
    insert overwrite directory '{{ var("lake_url") }}/publish/{{ folder }}'
    using parquet
    select 'expired' as state where false
{% endmacro %}
