{#- Follows merges twice as far as the CTE before did: each customer asks the one that it stands at where that one stands,
    and takes along the smallest id and the newest load on its way. A window and no join: it refers to the CTE before once, where a join with
    itself would double the plan at each step, and recursion ends at 100 levels. -#}
{% macro follow_twice_as_far(steps) -%}
    select
        customer_id,
        coalesce(answer.current_id, current_id) as current_id,
        least(smallest_id, answer.smallest_id) as smallest_id,
        answer.smallest_id as smallest_id_ahead,
        greatest(loaded_at, answer.loaded_at) as loaded_at
    from (
        select
            *,
            max(if(is_question, null, struct(current_id, smallest_id, loaded_at))) over (
                partition by if(is_question, current_id, customer_id)
            ) as answer
        from {{ steps }}
        lateral view explode(array(true, false)) as is_question
    )
    where is_question
{%- endmacro %}


{#- CTEs that follow merges to their end; the last one is named followed. -#}
{% macro followed(steps, doublings) -%}
    {%- set before = namespace(name=steps) -%}
    {%- for doubling in range(doublings) -%}
        {%- set name = 'followed' if loop.last else 'steps_' ~ (doubling + 1) -%}
        {{ name }} as ({{ follow_twice_as_far(before.name) }}){{ ', ' if not loop.last }}
        {%- set before.name = name -%}
    {%- endfor -%}
{%- endmacro %}
