{#- The record of builds: what was built when, and whether it was proven. It says which models agree; see publish.sql.

    record_started  at the start of a run: every model, seed and snapshot that it is about to build
    record_proven   at its end: those that were built and whose data tests all ran and passed

    Kept as a Delta table in a schema of its own. What a killed run touched is in it, and is not proven. -#}

{% macro builds_table() -%}
    {{ return(api.Relation.create(
        database=target.database, schema=generate_schema_name('handover'), identifier='builds'
    )) }}
{%- endmacro %}


{% macro builds_something() -%}
    {{ return(execute and flags.WHICH in ('build', 'run', 'seed', 'snapshot', 'retry')) }}
{%- endmacro %}


{#- The alias, since the versions of a model share its name. -#}
{% macro published_name(node) -%}
    {{ return(node.schema ~ '.' ~ node.alias) }}
{%- endmacro %}


{% macro record_started() %}
    {%- if builds_something() and target.type == 'databricks' -%}
        {%- set nodes = built_nodes(selected_resources) -%}
        {%- if nodes -%}
            {%- set table = builds_table() -%}
            {%- do adapter.create_schema(table) -%}
            {%- do run_query(create_builds_sql(table)) -%}
            {%- do run_query(record_builds_sql(table, nodes, false)) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro create_builds_sql(table) %}
    create table if not exists {{ table }} (
        model string,
        version string,
        is_proven boolean
    )
    using delta
{% endmacro %}


{#- The models, seeds and snapshots among these ids. -#}
{% macro built_nodes(unique_ids) %}
    {%- set nodes = [] -%}
    {%- for unique_id in unique_ids if unique_id.split('.')[0] in ('model', 'seed', 'snapshot') -%}
        {%- do nodes.append(graph.nodes[unique_id]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}


{% macro record_builds_sql(table, nodes, is_proven) %}
    insert into {{ table }}
    {%- for node in nodes %}
    select '{{ published_name(node) }}', '{{ publish_version() }}', {{ is_proven }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{% macro record_proven(results) %}
    {%- set nodes = proven_nodes(results) -%}
    {%- if nodes -%}
        {%- do run_query(record_builds_sql(builds_table(), nodes, true)) -%}
    {%- endif -%}
{% endmacro %}


{#- What was built in this run, less what has a data test that failed, was skipped or did not run; an alarm holds nothing back. Rows of
    --empty and --sample prove nothing. -#}
{% macro proven_nodes(results) %}
    {%- set status = {} -%}
    {%- for result in results -%}
        {%- do status.update({result.node.unique_id: result.status | string}) -%}
    {%- endfor -%}
    {%- set unproven = [] -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test'
        and status.get(test.unique_id) not in ('pass', 'warn') and not test.config.meta.get('alarm') -%}
        {%- do unproven.extend(test.depends_on.nodes) -%}
    {%- endfor -%}
    {%- set nodes = [] -%}
    {%- for node in built_nodes(status.keys()) if status[node.unique_id] == 'success'
        and node.unique_id not in unproven and not (flags.EMPTY or flags.SAMPLE) -%}
        {%- do nodes.append(node) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{% endmacro %}


{#- Model name to the run that touched it last, and whether it was proven there. -#}
{% macro last_builds() %}
    {%- set builds = {} -%}
    {%- for row in run_query(last_builds_sql(builds_table())).rows -%}
        {%- do builds.update({row[0]: {'version': row[1], 'is_proven': row[2]}}) -%}
    {%- endfor -%}
    {{ return(builds) }}
{% endmacro %}


{% macro last_builds_sql(table) %}
    select
        model,
        max(version) as version,
        max_by(is_proven, struct(version, is_proven)) as is_proven
    from {{ table }}
    group by model
{% endmacro %}


{#- These nodes and all that they descend from, as far as it is built here. -#}
{% macro lineage(nodes) %}
    {%- set found = nodes | list -%}
    {%- for node in found -%}
        {%- for parent in built_nodes(node.depends_on.nodes) if parent not in found -%}
            {%- do found.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Why these models do not agree; an empty list where they do. They agree where what they descend from was loaded in one
    run, each was built no earlier than its parents, and all of it was proven. What was never built here has no say. -#}
{% macro disagreements(nodes, builds) %}
    {%- set told, loads = [], [] -%}
    {%- for node in lineage(nodes) | reverse if published_name(node) in builds -%}
        {%- set build = builds[published_name(node)] -%}
        {%- if not build.is_proven -%}
            {%- do told.append(node.alias ~ ' failed, was skipped, or was not tested') -%}
        {%- endif -%}
        {%- for parent in built_nodes(node.depends_on.nodes)
            if builds.get(published_name(parent), build).version > build.version -%}
            {%- do told.append(node.alias ~ ' is older than ' ~ parent.alias) -%}
        {%- endfor -%}
        {%- if 'bronze' in node.tags -%}
            {%- do loads.append(build.version) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if loads | unique | list | length > 1 -%}
        {%- do told.append('bronze was loaded in more than one run') -%}
    {%- endif -%}
    {{ return(told) }}
{% endmacro %}
