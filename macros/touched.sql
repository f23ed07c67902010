{#- Facts are built of what their news touch. An import CTE that ends in what this gives keeps, in an incremental build, the
    rows whose key some model tells something new of; in a full build, all rows. What was waiting for a key joins when the
    key comes, since all rows of it are read again. A reference may write the key in another case. With of_customers, also the
    keys whose customer in one of the models was merged, or is no longer.

        {%- set of_touched_orders = touched('order_id', ['silver_orders', 'silver_returns']) -%}
        orders as (select * from {{ ref('silver_orders') }} {{ of_touched_orders }})  -#}
{% macro touched(key, models, of_customers=false) %}
    {%- for model in models -%}
        {%- do ref(model) -%} {#- so that dbt knows of it from a full build's words too -#}
    {%- endfor -%}
    {%- if not builds_on_what_it_holds() -%}
        {{ return('') }}
    {%- endif -%}
    {%- set since = news_since() -%}
    {%- set keys = [] -%}
    {%- for model in models -%}
        {%- do keys.append('select lower(' ~ key ~ ') from ' ~ ref(model) ~ ' where loaded_at >= ' ~ since) -%}
    {%- endfor -%}
    {%- for model in models if of_customers -%}
        {%- do keys.append(
            'select lower(' ~ key ~ ') from ' ~ ref(model) ~ ' where customer_id in (select customer_id from '
            ~ ref('silver_surviving_customers') ~ ' where loaded_at >= ' ~ since ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return('where lower(' ~ key ~ ') in (' ~ keys | join(' union all ') ~ ')') }}
{% endmacro %}


{#- Of rows that never change once they are there, the ones that are new. -#}
{% macro loaded_since() %}
    {{ return('where loaded_at >= ' ~ news_since() if builds_on_what_it_holds() else '') }}
{% endmacro %}


{#- Refuses a table that an earlier version of this project made. -#}
{% macro builds_on_what_it_holds() %}
    {%- if is_incremental() and execute -%}
        {%- set key = config.get('unique_key') -%}
        {%- set held = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {%- for column in ['loaded_at'] + ([key] if key is string else key | list) if column not in held -%}
            {{ exceptions.raise_compiler_error(
                this.identifier ~ ' was built before it had ' ~ column
                ~ '. Once: dbt build --full-refresh --select path:models/gold'
            ) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(is_incremental()) }}
{% endmacro %}


{#- From when on an incremental build reads what was loaded: so many hours, the look-back, before this model's last row.
    A constant and not a subquery: Delta skips files by it. -#}
{% macro news_since(hours=var('lookback_hours')) %}
    {%- set rows = run_query(news_since_sql(hours)).rows if execute else [] -%}
    {{ return("timestamp '" ~ (rows[0][0] if rows else '1970-01-01') ~ "'") }}
{% endmacro %}


{% macro news_since_sql(hours) %}
    select coalesce(string(max(loaded_at) - make_interval(0, 0, 0, 0, {{ hours }})), '1970-01-01') as news_since
    from {{ this }}
{% endmacro %}
