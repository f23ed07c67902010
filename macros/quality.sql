{#- What kind of finding a reject is: a conflict with another event, a repetition, or implausible by itself. -#}
{% macro kind_of_reject(reason) -%}
    case
            when {{ reason }} in ('id used for two events', 'number claimed twice') then 'conflict'
            when {{ reason }} = 'reported before' then 'repetition'
            else 'reject'
        end
{%- endmacro %}


{#- The sum of an amount over the rows for which a condition holds. -#}
{% macro sum_if(condition, amount) -%}
    coalesce(try_cast(sum(if({{ condition }}, {{ amount }}, 0)) as decimal(19, 4)), 0)
{%- endmacro %}
