{#- What kind of finding a reject is: a conflict with another event, a repetition, or implausible by itself. -#}
{% macro kind_of_reject(reason) -%}
    case
            when {{ reason }} in ('id used for two events', 'number claimed twice') then 'conflict'
            when {{ reason }} = 'reported before' then 'repetition'
            else 'reject'
        end
{%- endmacro %}
