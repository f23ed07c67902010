{#- An increment with nothing new in it leaves before its merge: the look-back reads again what the table holds, and a merge
    of it plans, joins and commits for nothing. Takes the place of dbt-databricks' macro, whose answer it gives where there
    is something new. -#}
{% macro get_build_sql(incremental_strategy, target_relation, intermediate_relation) %}
    {%- if incremental_strategy != 'microbatch' and not has_news(target_relation, intermediate_relation) -%}
        {{ return('select 0 as new_rows') }}
    {%- endif -%}
    {%- if incremental_strategy == 'replace_where' -%}
        {{ return(replace_days_sql(target_relation, intermediate_relation)) }}
    {%- endif -%}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, incremental_strategy) -%}
    {{ return(strategy({
        'target_relation': target_relation,
        'temp_relation': intermediate_relation,
        'unique_key': config.get('unique_key'),
        'dest_columns': none,
        'incremental_predicates': days_of_increment(incremental_strategy, intermediate_relation),
    })) }}
{% endmacro %}


{#- Rows loaded later than all of the table's, which is quick to ask; else, of a table that only gains rows, a key that it
    does not have. -#}
{% macro has_news(target_relation, intermediate_relation) %}
    {%- set columns = adapter.get_columns_in_relation(intermediate_relation) | map(attribute='name') | list -%}
    {%- if 'loaded_at' not in columns -%}
        {{ return(true) }}
    {%- endif -%}
    {%- if run_query(loaded_later_sql(target_relation, intermediate_relation)).rows -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set key = config.get('unique_key') -%}
    {%- set key = [key] if key is string else key -%}
    {{ return(key and run_query(new_key_sql(target_relation, intermediate_relation, key)).rows | length > 0) }}
{% endmacro %}


{% macro loaded_later_sql(target_relation, intermediate_relation) %}
    select 1 as is_new from {{ intermediate_relation }}
    where loaded_at > (select coalesce(max(loaded_at), timestamp '1970-01-01') from {{ target_relation }})
    limit 1
{% endmacro %}


{% macro new_key_sql(target_relation, intermediate_relation, key) %}
    select 1 as is_new
    from {{ intermediate_relation }} as increment
    left anti join {{ target_relation }} as held
        on {% for column in key %}increment.{{ column }} = held.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
    limit 1
{% endmacro %}
