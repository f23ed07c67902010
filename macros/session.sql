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
