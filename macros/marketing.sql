{#- What a customer chose last for a channel, by event time; null without a choice. -#}
{% macro latest_choice(channel) -%}
    max_by(
            is_subscribed,
            if(lower(channel) = '{{ channel }}', struct(occurred_at, enqueued_at, event_key), null)
        )
{%- endmacro %}


{#- Until when a touch may win an order. -#}
{% macro window_end(touched_at) -%}
    {{ touched_at }} + make_interval(0, 0, 0, {{ var('attribution_days') }})
{%- endmacro %}
