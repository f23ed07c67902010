{#- The end of a warehouse build: what it wrote is served, all of it or none. -#}

{% macro switch_marts(results) %}
    {%- if execute and target.type == 'synapse' and flags.WHICH in ('build', 'run') -%}
        {%- set built = built_marts(results) -%}
        {%- set told = unproven(results) -%}
        {%- if told -%}
            {{ log('not switched, the versions before are served: ' ~ told[:5] | join('; ')
                ~ ('; and ' ~ (told | length - 5) ~ ' more' if told | length > 5 else ''), info=true) }}
        {%- elif built -%}
            {%- do switch_to(built) -%}
            {{ log(built | length ~ ' marts switched to version ' ~ publish_version(), info=true) }}
        {%- endif -%}
        {%- do drop_expired() -%}
    {%- endif -%}
{% endmacro %}


{% macro built_marts(results) %}
    {%- set built = [] -%}
    {%- for result in results if result.node.resource_type == 'model' and 'marts' in result.node.tags
        and result.status == 'success' -%}
        {%- do built.append(result.node) -%}
    {%- endfor -%}
    {{ return(built) }}
{% endmacro %}


{#- What of this run is not proven: a failure of anything in it, a data test that did not run, rows that are no rows. -#}
{% macro unproven(results) %}
    {%- set told, passed = [], [] -%}
    {%- for result in results -%}
        {%- if result.status | string in ('success', 'pass', 'warn', 'no-op') -%}
            {%- do passed.append(result.node.unique_id) -%}
        {%- else -%}
            {%- do told.append(result.node.name ~ ' ' ~ result.status) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set built = built_marts(results) | map(attribute='unique_id') | list -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' and test.unique_id not in passed
        and test.depends_on.nodes | select('in', built) | list and not told -%}
        {%- do told.append('not all data tests ran, such as ' ~ test.name ~ '; use dbt build') -%}
    {%- endfor -%}
    {%- if flags.EMPTY or flags.SAMPLE -%}
        {%- do told.append('--empty and --sample prove nothing') -%}
    {%- endif -%}
    {{ return(told) }}
{% endmacro %}


{#- Views over the lake first, since views among the marts read them; then the record, then who may read. -#}
{% macro switch_to(built) %}
    {%- set moment = set_to_build_from() -%}
    {%- set versions = published_versions(moment) -%}
    {%- set statements, rows = [], [] -%}
    {%- for node in gold_models() if published_name(node) in versions -%}
        {%- set layers = versions[published_name(node)].versions -%}
        {%- do statements.append(create_or_alter_view_sql(served_relation(node), rows_of_layers(node, layers))) -%}
        {%- for version in layers -%}
            {%- do rows.append((published_name(node), version)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in built -%}
        {%- do statements.append(create_or_alter_view_sql(served_relation(node), served_query(node))) -%}
        {%- do rows.append((published_name(node), publish_version())) -%}
    {%- endfor -%}
    {%- do run_query(statements | join('\n')) -%}
    {%- do run_query(record_switch_sql(rows, moment)) -%}
    {%- for node in built -%}
        {%- do apply_grants(served_relation(node), node.config.grants, should_revoke=true) -%}
    {%- endfor -%}
{% endmacro %}


{% macro served_query(node) %}
    {%- if node.config.materialized == 'view' -%}
        {{ return(as_served(node.compiled_code)) }}
    {%- endif -%}
    {{ return('select * from ' ~ pending_relation(node)) }}
{% endmacro %}


{% macro record_switch_sql(rows, moment) %}
    {%- set switched_at = modules.datetime.datetime.utcnow().isoformat() -%}
    insert into {{ switches() }} (name, version, published_at, switched_at)
    {%- for name, version in rows %}
    select
        '{{ name }}',
        '{{ version }}',
        cast({{ "'" ~ moment ~ "'" if moment else 'null' }} as datetime2(6)),
        cast('{{ switched_at }}' as datetime2(6))
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{#- Drops what no reader may still hold: all but the newest versions of each name (keep_versions), those that were served
    in the last hours (keep_hours), and what a build began in them. -#}
{% macro drop_expired() %}
    {%- set since = (modules.datetime.datetime.utcnow() - modules.datetime.timedelta(hours=var('keep_hours'))) -%}
    {%- set kept = run_query(kept_versions_sql(since.isoformat())).rows | map('first') | list -%}
    {%- set statements = [] -%}
    {%- for kind, schema, name in run_query(versioned_objects_sql()).rows if name not in kept -%}
        {%- set version = name.split('@')[-1] | replace('_rows', '') -%}
        {%- set is_over = kind == 'view' and version == publish_version() -%}
        {%- if is_over or version < since.strftime('%Y%m%dT%H%M%S') -%}
            {%- do statements.append('drop ' ~ kind ~ ' [' ~ schema ~ '].[' ~ name ~ ']') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if statements -%}
        {%- do run_query(statements | join('\n')) -%}
    {%- endif -%}
{% endmacro %}


{#- One switch may name several folders of a model. -#}
{% macro kept_versions_sql(since) %}
    select switched.name + '@' + switched.version as kept
    from {{ switches() }} as switched
    inner join (
        select
            name,
            switched_at,
            row_number() over (partition by name order by switched_at desc) as place,
            lag(switched_at) over (partition by name order by switched_at desc) as replaced_at
        from (select distinct name, switched_at from {{ switches() }}) as moments
    ) as ranked
        on switched.name = ranked.name and switched.switched_at = ranked.switched_at
    where ranked.place <= {{ var('keep_versions') }} or ranked.replaced_at >= cast('{{ since }}' as datetime2(6))
{% endmacro %}


{#- Tables and views of versions, and the external tables over what this project published. -#}
{% macro versioned_objects_sql() %}
    select 'table' as kind, '{{ versions_schema() }}' as schema_name, name
    from sys.tables
    where schema_id = schema_id('{{ versions_schema() }}') and is_external = 0 and charindex('@', name) > 0
    union all
    select 'view' as kind, '{{ versions_schema() }}' as schema_name, name
    from sys.views
    where schema_id = schema_id('{{ versions_schema() }}') and charindex('@', name) > 0
    union all
    select 'external table' as kind, 'external_lake' as schema_name, name
    from sys.external_tables
    where left(name, charindex('@', name + '@') - 1) in ({{ quoted_names(gold_models()) }})
{% endmacro %}
