{#- An increment with nothing new in it leaves before its merge: the look-back reads again what the table holds, and a merge
    of it plans, joins and commits for nothing. Takes the place of dbt-databricks' macro, whose answer it gives where there
    is something new. -#}
{% macro get_build_sql(incremental_strategy, target_relation, intermediate_relation) %}
    {%- set increment = seen_increment(incremental_strategy, target_relation, intermediate_relation) -%}
    {%- if not increment.has_news -%}
        {{ return('select 0 as new_rows') }}
    {%- endif -%}
    {%- if incremental_strategy == 'replace_where' -%}
        {{ return(replace_days_sql(target_relation, intermediate_relation, increment.days)) }}
    {%- endif -%}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, incremental_strategy) -%}
    {{ return(strategy({
        'target_relation': target_relation,
        'temp_relation': intermediate_relation,
        'unique_key': config.get('unique_key'),
        'dest_columns': none,
        'incremental_predicates': days_of_increment(increment.days),
    })) }}
{% endmacro %}


{#- Whether there is something new: rows loaded later than all of the table's, else, of a table that only gains rows, a key
    that it does not have. With it the days of event_time, if the model names it; asked at once, since the increment is a
    view and each question builds its rows again. -#}
{% macro seen_increment(incremental_strategy, target_relation, intermediate_relation) %}
    {%- set columns = [] if incremental_strategy == 'microbatch' else (
        adapter.get_columns_in_relation(intermediate_relation) | map(attribute='name') | list
    ) -%}
    {%- if 'loaded_at' not in columns -%}
        {{ return({'has_news': true, 'days': []}) }}
    {%- endif -%}
    {%- set seen = run_query(seen_increment_sql(incremental_strategy, target_relation, intermediate_relation)).rows[0] -%}
    {%- set key = config.get('unique_key') -%}
    {%- set key = [key] if key is string else key -%}
    {%- set has_news = seen[0] or (
        key and run_query(new_key_sql(target_relation, intermediate_relation, key)).rows | length > 0
    ) -%}
    {{ return({'has_news': has_news, 'days': seen[1].split(',') if seen[1] else []}) }}
{% endmacro %}


{#- Of a merge the first and the last day, of days that are replaced each. -#}
{% macro seen_increment_sql(incremental_strategy, target_relation, intermediate_relation) %}
    {%- set column = config.get('event_time') or 'null' -%}
    {%- set days = 'array(string(min(' ~ column ~ ')), string(max(' ~ column ~ ')))' -%}
    {%- if incremental_strategy == 'replace_where' -%}
        {%- set days = 'collect_set(string(' ~ column ~ '))' -%}
    {%- endif -%}
    select
        coalesce(
            max(loaded_at) > (select coalesce(max(loaded_at), timestamp '1970-01-01') from {{ target_relation }}), false
        ) as is_later,
        array_join({{ days }}, ',') as days
    from {{ intermediate_relation }}
{% endmacro %}


{% macro new_key_sql(target_relation, intermediate_relation, key) %}
    select 1 as is_new
    from {{ intermediate_relation }} as increment
    left anti join {{ target_relation }} as held
        on {% for column in key %}increment.{{ column }} = held.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    limit 1
{% endmacro %}


{#- The days that a merge can meet, of the column that the model's event_time names, as constants: Delta skips the target's
    other files. A row keeps its day, or the model names no event_time. -#}
{% macro days_of_increment(days) %}
    {{ return(
        ['DBT_INTERNAL_DEST.' ~ config.get('event_time') ~ " between '" ~ days[0] ~ "' and '" ~ days[-1] ~ "'"]
        if days else none
    ) }}
{% endmacro %}


{#- The increment's days in place of those that the target holds, in one commit. Columns by name: REPLACE WHERE takes them by
    their place (Databricks, INSERT), and one that was added later stands last in the target. -#}
{% macro replace_days_sql(target_relation, intermediate_relation, days) %}
    insert into {{ target_relation }}
    replace where {{ config.get('event_time') }} in (date '{{ days | join("', date '") }}')
    select {{ adapter.get_columns_in_relation(target_relation) | map(attribute='name') | join(', ') }}
    from {{ intermediate_relation }}
{% endmacro %}
