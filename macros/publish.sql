{#- The hand-over from lakehouse to warehouse.

    publish           after each public gold model: its rows as Parquet under publish/<schema>.<alias>/version=<run>/
    commit_published  at the end of a run: a row in publish/versions for each published model whose tests all passed
    attach_published  before the warehouse is built: a view per gold model over the newest version

    A version's folder is never written again, and its row in publish/versions comes last, so a reader sees a whole
    version or the one before it. A dedicated pool reads Parquet, not Delta (Microsoft Learn, Synapse SQL
    external tables). -#}

{% macro publish_version() -%}
    {{ return(run_started_at.strftime('%Y%m%dT%H%M%S%fZ')) }}
{%- endmacro %}


{#- The alias, since the versions of a model share its name. -#}
{% macro published_name(node) -%}
    {{ return(node.schema ~ '.' ~ node.alias) }}
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
    {%- if execute and target.type == 'databricks' and flags.WHICH in ('build', 'run') -%}
        {%- set names = publishable(results) -%}
        {%- if names -%}
            {%- do run_query(publish_manifest_sql(names)) -%}
            {{ log(names | length ~ ' gold models published, version ' ~ publish_version(), info=true) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- Public gold models built in this run, less those with a failed or skipped test. -#}
{% macro publishable(results) %}
    {%- set built, spoiled = [], [] -%}
    {%- for result in results -%}
        {%- set node = result.node -%}
        {%- if node.resource_type == 'model' and 'gold' in node.tags and node.access == 'public'
            and result.status == 'success' -%}
            {%- do built.append(node) -%}
        {%- elif node.resource_type == 'test' and result.status not in ('pass', 'warn') -%}
            {%- do spoiled.extend(node.depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(built | rejectattr('unique_id', 'in', spoiled) | list) }}
{% endmacro %}


{#- One row a model, with the rows that its version's files hold: all of them counted in one scan. -#}
{% macro publish_manifest_sql(nodes) %}
    {%- set names = [] -%}
    {%- for node in nodes -%}
        {%- do names.append("'" ~ published_name(node) ~ "', '" ~ column_names(node) ~ "'") -%}
    {%- endfor -%}
    insert overwrite directory
    '{{ var("lake_url") }}/publish/versions/version={{ publish_version() }}'
    using parquet
    with

    models as (

        select explode(map({{ names | join(', ') }})) as (model, column_names)

    ),

    counted as (

        select
            element_at(split(_metadata.file_path, '/'), -3) as model,
            count(*) as row_count
        from parquet.`{{ var("lake_url") }}/publish/*.*/version={{ publish_version() }}`
        group by all

    )

    select
        models.model,
        '{{ publish_version() }}' as version,
        models.column_names,
        coalesce(counted.row_count, 0) as row_count,
        current_timestamp() as finished_at
    from models
    left join counted on models.model = counted.model
{% endmacro %}
