{#- Up to which moment a micro-batch holds all arrivals. A month that is long over: its end. One that just ended: its end
    too once the lake holds an arrival behind it, since the stream may be late. Else the last whole minute. -#}
{% macro complete_until(arrivals) -%}
    {%- set last_minute = "date_trunc('minute', max(enqueued_at))" -%}
    {%- set batch = model.batch if model is defined else none -%}
    {%- if not batch or batch.event_time_end > run_started_at -%}
        {{ last_minute }}
    {%- else -%}
        {%- set end = "timestamp '" ~ batch.event_time_end.strftime('%Y-%m-%d %H:%M:%S') ~ "'" -%}
        {%- set grace = modules.datetime.timedelta(hours=var('arrival_grace_hours')) -%}
        {%- if batch.event_time_end + grace <= run_started_at -%}
            {{ end }}
        {%- else -%}
            coalesce(
                (
                    select min({{ end }})
                    from (
                        {%- for relation in arrivals %}
                        select enqueued_at from {{ relation.render() }}
                        {{ 'union all' if not loop.last }}
                        {%- endfor %}
                    ) as arrived
                    where arrived.enqueued_at >= {{ end }}
                ),
                {{ last_minute }}
            )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
