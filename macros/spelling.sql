{#- One row of those whose key differs in case or trailing blanks alone, which the pool's collation compares without: the first by
    what is named. In T-SQL. -#}
{% macro one_spelling(rows, key, first) -%}
    select *
    from (
        select
            *,
            row_number() over (partition by {{ key }} order by {{ first }}) as spelling
        from {{ rows }}
    ) as spelled
    where spelling = 1
{%- endmacro %}
