{#- Whether a promise was kept: met or missed once done, open or past_due before. -#}
{% macro kept(done_at, due_at, as_of) -%}
    case
            when {{ done_at }} <= {{ due_at }} then 'met'
            when {{ done_at }} > {{ due_at }} then 'missed'
            when {{ as_of }} > {{ due_at }} then 'past_due'
            else 'open'
        end
{%- endmacro %}


{#- Hours from one moment to another, two decimals; null where one is missing. -#}
{% macro hours_between(start, end) -%}
    round(timestampdiff(second, {{ start }}, {{ end }}) / 3600, 2)
{%- endmacro %}
