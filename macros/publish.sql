{#- The hand-over from lakehouse to warehouse.

    publish           after each public gold model: its rows as Parquet under publish/<schema>.<alias>/version=<run>/,
                      of an incremental fact the months that changed (slices.sql)
    commit_published  at the end of a build: rows in publish/versions, one for every folder of what stands
    attach_published  before the warehouse is built; see attach.sql

    The rows of one build are one set, written by one statement: its models agree (disagreements in builds.sql), or no
    set is written and the one before stays. A version's folder is never written again, so a reader sees a whole set or
    the one before it. A dedicated pool reads Parquet, not Delta (Microsoft Learn, Synapse SQL external tables). -#}

{% macro publish_version() -%}
    {{ return(run_started_at.strftime('%Y%m%dT%H%M%S%fZ')) }}
{%- endmacro %}


{#- The name of a folder: of a slice, with its months. -#}
{% macro folder_name(months) -%}
    {{ return(([publish_version()] + months) | join('_')) }}
{%- endmacro %}


{% macro column_names(node) -%}
    {{ return(node.columns.keys() | join(', ')) }}
{%- endmacro %}


{#- Public models only. Columns in the order of the contract: an external table reads them by their place. -#}
{% macro publish() %}
    {%- if execute and target.type == 'databricks' and model.access == 'public' -%}
        {%- set months = changed_months(model) -%}
        {%- if months is not none -%}
            {%- do run_query(record_slice_sql(model, months)) -%}
        {%- endif -%}
        {%- if months is none or months -%}
            {{ publish_sql(months or []) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro publish_sql(months) %}
    insert overwrite directory
    '{{ var("lake_url") }}/publish/{{ published_name(model) }}/version={{ folder_name(months) }}'
    using parquet
    select {{ column_names(model) }} from {{ this }}
    {%- if months %} where {{ is_in_months(sliced_by(model), months) }}{% endif -%}
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
        {%- do run_query(create_sets_sql()) -%}
        {%- do run_query(create_slices_sql()) -%}
        {%- do run_query(record_set_sql(layers_of(standing, builds))) -%}
        {%- do run_query(publish_set_sql()) -%}
        {{ log(standing | length ~ ' gold models published, version ' ~ publish_version(), info=true) }}
    {%- endif -%}
{% endmacro %}


{#- The sets that were published: of each model, its folders. -#}
{% macro sets_table() -%}
    {{ return(builds_table().incorporate(path={'identifier': 'sets'})) }}
{%- endmacro %}


{% macro create_sets_sql() %}
    create table if not exists {{ sets_table() }} (
        set_version string,
        model string,
        version string,
        column_names string,
        row_count bigint,
        finished_at timestamp
    )
    using delta
{% endmacro %}


{#- Which folder a run wrote of a model in slices; null where nothing changed. -#}
{% macro slices_table() -%}
    {{ return(builds_table().incorporate(path={'identifier': 'slices'})) }}
{%- endmacro %}


{% macro create_slices_sql() %}
    create table if not exists {{ slices_table() }} (
        model string,
        run string,
        version string
    )
    using delta
{% endmacro %}


{% macro record_slice_sql(node, months) %}
    insert into {{ slices_table() }}
    select
        '{{ published_name(node) }}',
        '{{ publish_version() }}',
        {{ "'" ~ folder_name(months) ~ "'" if months else 'cast(null as string)' }}
{% endmacro %}


{#- Node and folder, of each model the newest first. A run that wrote no slice of a model wrote all of it. -#}
{% macro layers_of(nodes, builds) %}
    {%- set before, slices, layers = {}, {}, [] -%}
    {%- for model, version in run_query(last_layers_sql()).rows -%}
        {%- do before.setdefault(model, []).append(version) -%}
    {%- endfor -%}
    {%- for model, run, version in run_query('select * from ' ~ slices_table()).rows -%}
        {%- do slices.update({(model, run): version}) -%}
    {%- endfor -%}
    {%- for node in nodes -%}
        {%- set name = published_name(node) -%}
        {%- set run = builds[name].version -%}
        {%- set version = slices.get((name, run), run) -%}
        {%- for layer in (layers_under(version, before.get(name, [])) if version else before[name]) -%}
            {%- do layers.append((node, layer)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(layers) }}
{% endmacro %}


{% macro last_layers_sql() %}
    select
        model,
        version
    from {{ sets_table() }}
    qualify dense_rank() over (partition by model order by set_version desc) = 1
    order by
        model,
        version desc
{% endmacro %}


{#- One row a folder, with the rows that its files hold: all of them counted in one scan. -#}
{% macro record_set_sql(layers) %}
    {%- set rows, versions = [], [] -%}
    {%- for node, version in layers -%}
        {%- do rows.append(
            "struct('" ~ published_name(node) ~ "' as model, '" ~ version ~ "' as version, '"
            ~ column_names(node) ~ "' as column_names)"
        ) -%}
        {%- do versions.append(version) -%}
    {%- endfor -%}
    insert into {{ sets_table() }}
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
        '{{ publish_version() }}' as set_version,
        models.model,
        models.version,
        models.column_names,
        coalesce(counted.row_count, 0) as row_count,
        current_timestamp() as finished_at
    from models
    left join counted on models.model = counted.model and models.version = counted.version
{% endmacro %}


{#- What the warehouse reads: a dedicated pool reads no Delta. -#}
{% macro publish_set_sql() %}
    insert overwrite directory
    '{{ var("lake_url") }}/publish/versions/version={{ publish_version() }}'
    using parquet
    select
        model,
        version,
        column_names,
        row_count,
        finished_at
    from {{ sets_table() }}
    where set_version = '{{ publish_version() }}'
{% endmacro %}
