{#- The hand-over from lakehouse to warehouse.

    publish           after each public gold model: its rows as Parquet under publish/<schema>.<alias>/version=<run>/
    commit_published  at the end of a build: rows in publish/versions, one for every published model that stands
    attach_published  before the warehouse is built; see attach.sql

    The rows of one build are one set, written by one statement: its models agree (disagreements in builds.sql), or no
    set is written and the one before stays. A version's folder is never written again, so a reader sees a whole set or
    the one before it. A dedicated pool reads Parquet, not Delta (Microsoft Learn, Synapse SQL external tables). -#}

{% macro publish_version() -%}
    {{ return(run_started_at.strftime('%Y%m%dT%H%M%S%fZ')) }}
{%- endmacro %}


{% macro column_names(node) -%}
    {{ return(node.columns.keys() | join(', ')) }}
{%- endmacro %}


{#- Public models only. Columns in the order of the contract: an external table reads them by their place. -#}
{% macro publish() %}
    {%- if execute and target.type == 'databricks' and model.access == 'public' -%}
        insert overwrite directory
        '{{ var("lake_url") }}/publish/{{ published_name(model) }}/version={{ publish_version() }}'
        using parquet
        select {{ column_names(model) }} from {{ this }}
    {%- endif -%}
{% endmacro %}


{% macro commit_published(results) %}
    {%- if builds_something() and target.type == 'databricks' and results -%}
        {%- do record_proven(results) -%}
        {%- set nodes = public_gold_models() -%}
        {%- if touches(results, lineage(nodes)) -%}
            {%- do commit_set(nodes, last_builds()) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro touches(results, nodes) %}
    {%- set ids = nodes | map(attribute='unique_id') | list -%}
    {{ return(results | map(attribute='node.unique_id') | select('in', ids) | list | length > 0) }}
{% endmacro %}


{% macro public_gold_models() %}
    {{ return(gold_models() | selectattr('access', 'equalto', 'public') | list) }}
{% endmacro %}


{#- One set of all published models that stand here, or word of why there is none. -#}
{% macro commit_set(nodes, builds) %}
    {%- set standing = [] -%}
    {%- for node in nodes if published_name(node) in builds -%}
        {%- do standing.append(node) -%}
    {%- endfor -%}
    {%- set told = disagreements(standing, builds) -%}
    {%- if told -%}
        {{ log('not published, the set before stays: ' ~ told[:5] | join('; ')
            ~ ('; and ' ~ (told | length - 5) ~ ' more' if told | length > 5 else ''), info=true) }}
    {%- elif standing -%}
        {%- do run_query(publish_manifest_sql(standing, builds)) -%}
        {{ log(standing | length ~ ' gold models published, version ' ~ publish_version(), info=true) }}
    {%- endif -%}
{% endmacro %}


{#- One row a model, with the rows that its version's files hold: all of them counted in one scan. -#}
{% macro publish_manifest_sql(nodes, builds) %}
    {%- set rows, versions = [], [] -%}
    {%- for node in nodes -%}
        {%- set version = builds[published_name(node)].version -%}
        {%- do rows.append(
            "struct('" ~ published_name(node) ~ "' as model, '" ~ version ~ "' as version, '"
            ~ column_names(node) ~ "' as column_names)"
        ) -%}
        {%- do versions.append(version) -%}
    {%- endfor -%}
    insert overwrite directory
    '{{ var("lake_url") }}/publish/versions/version={{ publish_version() }}'
    using parquet
    with

    models as (

        select inline(array({{ rows | join(', ') }}))

    ),

    counted as (

        select
            element_at(split(_metadata.file_path, '/'), -3) as model,
            replace(element_at(split(_metadata.file_path, '/'), -2), 'version=') as version,
            count(*) as row_count
        from parquet.`{{ var("lake_url") }}/publish/*.*/version={{ '{' ~ versions | unique | join(',') ~ '}' }}`
        group by all

    )

    select
        models.model,
        models.version,
        models.column_names,
        coalesce(counted.row_count, 0) as row_count,
        current_timestamp() as finished_at
    from models
    left join counted on models.model = counted.model and models.version = counted.version
{% endmacro %}
