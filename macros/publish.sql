{#- The hand-over from lakehouse to warehouse.

    publish           after each gold model: its rows as Parquet under publish/<schema>.<model>/version=<run>/
    commit_published  at the end of a run: one manifest row for each published model all of whose tests passed
    attach_published  before the warehouse is built: a view per gold model over the newest version

    A version's folder is never written again, and the manifest row comes last, so a reader sees a whole
    version or the one before it. A dedicated pool reads Parquet, not Delta (Microsoft Learn, Synapse SQL
    external tables). -#}

{% macro publish_version() -%}
    {{ return(run_started_at.strftime('%Y%m%dT%H%M%S%fZ')) }}
{%- endmacro %}


{% macro published_name(node) -%}
    {{ return(node.schema ~ '.' ~ node.name) }}
{%- endmacro %}


{% macro publish() %}
    {%- if execute and target.type == 'databricks' -%}
        insert overwrite directory
        '{{ var("lake_url") }}/publish/{{ this.schema }}.{{ model.name }}/version={{ publish_version() }}'
        using parquet
        select * from {{ this }}
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


{#- Gold models built in this run, less those with a failed or skipped test. -#}
{% macro publishable(results) %}
    {%- set built, spoiled = [], [] -%}
    {%- for result in results -%}
        {%- set node = result.node -%}
        {%- if node.resource_type == 'model' and 'gold' in node.tags and result.status == 'success' -%}
            {%- do built.append(node) -%}
        {%- elif node.resource_type == 'test' and result.status not in ('pass', 'warn') -%}
            {%- do spoiled.extend(node.depends_on.nodes) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(built | rejectattr('unique_id', 'in', spoiled) | list) }}
{% endmacro %}


{% macro publish_manifest_sql(nodes) %}
    insert overwrite directory
    '{{ var("lake_url") }}/publish/_manifest/version={{ publish_version() }}'
    using parquet
    {% for node in nodes -%}
    {{ 'union all' if not loop.first }}
    select
        '{{ published_name(node) }}' as model,
        '{{ publish_version() }}' as version,
        (select count(*) from {{ node.relation_name }}) as row_count,
        current_timestamp() as finished_at
    {% endfor %}
{% endmacro %}
