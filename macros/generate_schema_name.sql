{#- Clean schema names in production and on one machine; a developer with another schema in the profile
    gets names of their own: <schema>_<layer>. -#}
{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
    {%- if not custom_schema_name -%}
        {{ target.schema }}
    {%- elif target.schema in ('default', 'dbo') -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
