{#- The payload as the struct of its contract; null for rows of other types. -#}
{% macro parse_payload(event_type) %}
    {%- set fields = [] -%}
    {%- for name, type in contracts()[event_type].items() -%}
        {%- do fields.append(name ~ ' ' ~ type) -%}
    {%- endfor -%}
    case
            when event_type = '{{ event_type }}'
                then from_json(payload, '{{ fields | join(", ") }}')
        end
{%- endmacro %}


{#- Names of payload fields that the contract of a row's type does not know. -#}
{% macro rescued_fields(department) %}
    case event_type
        {%- for event_type, fields in contracts().items() if event_type.startswith(department ~ '.') %}
            when '{{ event_type }}'
                then array_except(
                    json_object_keys(payload),
                    array('{{ fields | join("', '") }}')
                )
        {%- endfor %}
            else json_object_keys(payload)
        end
{%- endmacro %}


{#- The bronze column that holds a type's payload: sales.order.placed.v1 in order_placed. -#}
{% macro payload_column(event_type) -%}
    {{ event_type.split('.')[1:-1] | join('_') }}
{%- endmacro %}


{#- The event types of a department. -#}
{% macro types_of(department) %}
    {%- set types = [] -%}
    {%- for event_type in contracts() if event_type.startswith(department ~ '.') -%}
        {%- do types.append(event_type) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}
