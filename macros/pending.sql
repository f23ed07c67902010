{#- Marts are written, audited, published. A build writes each mart beside the one that is served, tests read what was
    written, and at the end of the run the views that readers know are switched, all of them or none (switch.sql).

    What a build writes has a name of its own, [mart_versions].[<schema>.<alias>@<run>], and ref() is that name in the
    models and tests of the build that writes it. -#}

{% macro ref() %}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if execute and target.type == 'synapse' and flags.WHICH in ('build', 'run')
        and model is defined and model.resource_type in ('model', 'test') -%}
        {{ return(pending_or_served(relation)) }}
    {%- endif -%}
    {{ return(relation) }}
{% endmacro %}


{#- A gold model is read as attached for this run, a mart as this run writes it; what it does not write, and what is
    deferred, is read as it is served. -#}
{% macro pending_or_served(relation) %}
    {%- for node in gold_models() + marts() if (node.schema, node.alias) == (relation.schema, relation.identifier)
        and ('gold' in node.tags or node.unique_id in selected_resources) -%}
        {{ return(pending_relation(node)) }}
    {%- endfor -%}
    {{ return(relation) }}
{% endmacro %}


{% macro pending_relation(node) %}
    {{ return(versioned_relation(published_name(node), publish_version())) }}
{% endmacro %}


{#- Versions stand in a schema of their own, where someone who looks for a mart does not meet them. -#}
{% macro versioned_relation(name, version) %}
    {{ return(api.Relation.create(
        database=target.database, schema=versions_schema(), identifier=name ~ '@' ~ version
    )) }}
{% endmacro %}


{% macro versions_schema() -%}
    {{ return(generate_schema_name('mart_versions')) }}
{%- endmacro %}


{#- Tables and views among the marts. -#}
{% macro marts() %}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() if 'marts' in node.tags and node.resource_type == 'model' -%}
        {%- do models.append(node) -%}
    {%- endfor -%}
    {{ return(models) }}
{% endmacro %}


{#- A query of this run, as it reads once all is switched. -#}
{% macro as_served(query) %}
    {%- set served = namespace(query=query) -%}
    {%- for node in gold_models() + marts() -%}
        {%- set stable = api.Relation.create(database=target.database, schema=node.schema, identifier=node.alias) -%}
        {%- set served.query = served.query | replace(pending_relation(node) | string, stable | string) -%}
    {%- endfor -%}
    {{ return(served.query) }}
{% endmacro %}
