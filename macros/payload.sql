{#- Events with their payload as Spark types it: a column for each event type of the department's contracts. They are listed
    here and not by types_of: sqlfluff takes what a macro within a macro returns for the whole text. -#}
{% macro parsed_events(department, cte) -%}
    select
        -- envelope
        event_id,
        event_type,
        event_source,
        customer_id,
        occurred_at,
        data_schema,
        payload,

        -- payload, one column an event type
        {%- for event_type in contracts() if event_type.startswith(department ~ '.') %}
        {{ parse_payload(event_type) }} as {{ payload_column(event_type) }},
        {%- endfor %}
        {{ rescued_fields(department) }} as rescued_fields,

        -- position
        partition_id,
        sequence_number,
        enqueued_at,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from {{ cte }}
{%- endmacro %}


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
