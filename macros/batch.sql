{#- The end of the micro-batch as a timestamp, where it is over; nothing while it is open, or without batches. -#}
{% macro end_of_batch() -%}
    {%- if model is defined and model.batch and model.batch.event_time_end <= run_started_at -%}
        timestamp '{{ model.batch.event_time_end.strftime('%Y-%m-%d %H:%M:%S') }}'
    {%- endif -%}
{%- endmacro %}
