{#- A day is a day of UTC. The profiles ask a SQL warehouse for it by its own parameter, which a cluster does not know:
    a build whose session has another zone is refused before it writes. -#}
{% macro refuse_other_time_zones() %}
    {%- if builds_something() and target.type == 'databricks' -%}
        {%- set zone = run_query('select current_timezone()').rows[0][0] -%}
        {%- if zone not in ('UTC', 'Etc/UTC', 'GMT', 'Z', '+00:00') -%}
            {{ exceptions.raise_compiler_error(
                'the session is in ' ~ zone ~ '; set spark.sql.session.timeZone to UTC on the cluster, or use a SQL warehouse'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- On Azure the lake is named by the environment: its stand-in's address must not be published to by mistake. -#}
{% macro refuse_no_lake() %}
    {%- if execute and target.name in ('databricks', 'synapse') and not env_var('LAKE_URL', '') -%}
        {{ exceptions.raise_compiler_error(
            'LAKE_URL is not set, or empty; it is the lake\'s address, such as abfss://lake@<account>.dfs.core.windows.net'
        ) }}
    {%- endif -%}
{% endmacro %}
