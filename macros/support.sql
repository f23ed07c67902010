{#- Whether a promise was kept: met or missed once done, open or past_due before; unknown where it was done before it
    began, by a clock that is off. -#}
{% macro kept(done_at, begun_at, due_at, as_of) -%}
    case
            when {{ done_at }} < {{ begun_at }} then 'unknown'
            when {{ done_at }} <= {{ due_at }} then 'met'
            when {{ done_at }} > {{ due_at }} then 'missed'
            when {{ as_of }} > {{ due_at }} then 'past_due'
            else 'open'
        end
{%- endmacro %}


{#- Business hours from one moment to another, two decimals: Monday to Friday from business_day_begins to business_day_ends, UTC. -#}
{% macro business_hours_between(start, end) -%}
    round(aggregate(
            if({{ end }} >= {{ start }}, sequence(date({{ start }}), date({{ end }})), null),
            cast(0 as bigint),
            (seconds, day) -> seconds + if(
                weekday(day) < 5,
                greatest(0, timestampdiff(
                    second,
                    greatest({{ start }}, timestamp(day) + make_interval(0, 0, 0, 0, {{ var('business_day_begins') }})),
                    least({{ end }}, timestamp(day) + make_interval(0, 0, 0, 0, {{ var('business_day_ends') }}))
                )),
                0
            )
        ) / 3600, 2)
{%- endmacro %}


{#- Hours from one moment to another, two decimals; null where one is missing, or the end lies before the start. -#}
{% macro hours_between(start, end) -%}
    if(
            {{ end }} >= {{ start }},
            round(timestampdiff(second, {{ start }}, {{ end }}) / 3600, 2),
            null
        )
{%- endmacro %}
