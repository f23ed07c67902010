{#- Columns add up to the same as in another relation, for each value of `by` if it is given, all in one query: nothing
    lost, nothing twice. Where a name differs there, `columns` maps ours to theirs. With a tolerance, the sums may differ
    by that much for each row of the other relation. -#}
{% test conserves(model, to, columns, by=none, tolerance=0) %}
    {{ config(store_failures=(target.name == 'databricks')) }}
    {%- set theirs = columns if columns is mapping else dict(zip(columns, columns)) %}

    select
        {{ 'compared_key,' if by }}
        {% for ours in theirs -%}
        sum({{ ours }}) as {{ ours }}_off,
        {% endfor -%}
        sum(is_theirs) as compared_rows
    from (
        select
            {{ by ~ ' as compared_key,' if by }}
            {% for ours in theirs -%}
            {{ ours }},
            {% endfor -%}
            0 as is_theirs
        from {{ model }}
        union all
        select
            {{ by ~ ' as compared_key,' if by }}
            {% for ours in theirs -%}
            -{{ theirs[ours] }} as {{ ours }},
            {% endfor -%}
            1 as is_theirs
        from {{ to }}
    ) as both_sides
    {{ 'group by compared_key' if by }}
    having
        {% for ours in theirs -%}
        abs(sum({{ ours }})) > {{ tolerance }} * sum(is_theirs){{ ' or ' if not loop.last }}
        {% endfor %}

{% endtest %}
