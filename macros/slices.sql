{#- What is published of an incremental fact: the months that changed.

    A version is a folder. That of a whole model is named by its run; that of a slice by its run and the months in it, such
    as 20261127T101500000000Z_2026-10_2026-11. A published set names, of each model, its newest folder and the older ones
    that still serve a month; of a month, the newest folder that has it holds all rows. -#}

{#- The column whose months are published apart; none for a model that is published whole. -#}
{% macro sliced_by(node) %}
    {%- if 'loaded_at' in node.columns and node.config.materialized == 'incremental' -%}
        {{ return(node.config.event_time) }}
    {%- endif -%}
{% endmacro %}


{#- The months with a row that came after the last published set. None where all of the model is to be published: for the
    first time, when it was made anew, by hand or as a full refresh, or when they are many. -#}
{% macro changed_months(node) %}
    {%- set column = sliced_by(node) -%}
    {%- if not column or not relation_stands(sets_table()) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set since = run_query(last_published_sql(node)).rows[0][0] -%}
    {%- if not since or not has_only_gained_since(since) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set months = run_query(changed_months_sql(column, since)).columns[0].values() | list -%}
    {{ return(months if months | length <= var('publish_months') else none) }}
{% endmacro %}


{% macro relation_stands(relation) %}
    {{ return(adapter.get_relation(
        database=relation.database, schema=relation.schema, identifier=relation.identifier
    ) is not none) }}
{% endmacro %}


{% macro last_published_sql(node) %}
    select string(max(finished_at)) as finished_at
    from {{ sets_table() }}
    where model = '{{ published_name(node) }}'
{% endmacro %}


{#- Whether all that happened to the table since then is what an incremental build and maintenance do to it. -#}
{% macro has_only_gained_since(since) %}
    {%- set harmless = ['MERGE', 'WRITE', 'OPTIMIZE', 'VACUUM START', 'VACUUM END', 'SET TBLPROPERTIES', 'CLUSTER BY'] -%}
    {%- set ended = namespace(known=false) -%}
    {%- for commit in run_query('describe history ' ~ this ~ ' limit 100').rows if not ended.known -%}
        {%- if commit['timestamp'].strftime('%Y-%m-%d %H:%M:%S.%f') <= since -%}
            {%- set ended.known = true -%}
        {%- elif commit['operation'] not in harmless -%}
            {{ return(false) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(ended.known) }}
{% endmacro %}


{% macro changed_months_sql(column, since) %}
    select distinct date_format({{ column }}, 'yyyy-MM') as month
    from {{ this }}
    where loaded_at > timestamp '{{ since }}'
    order by month
{% endmacro %}


{#- A condition, of ranges: Delta skips the files of other months. -#}
{% macro is_in_months(column, months) -%}
    {%- for month in months %}
    {{ 'or ' if not loop.first -}}
    ({{ column }} >= date '{{ month }}-01' and {{ column }} < add_months(date '{{ month }}-01', 1))
    {%- endfor %}
{%- endmacro %}


{% macro months_in(version) %}
    {{ return(version.split('_')[1:]) }}
{% endmacro %}


{#- The folders of a model's next set, newest first: this one, and those before that serve a month which it does not hold. -#}
{% macro layers_under(version, before) %}
    {%- set layers = [version] -%}
    {%- set held = months_in(version) | list -%}
    {%- for older in before if held and version != older -%}
        {%- if not months_in(older) or months_in(older) | reject('in', held) | list -%}
            {%- do layers.append(older) -%}
        {%- endif -%}
        {%- do held.extend(months_in(older)) -%}
    {%- endfor -%}
    {{ return(layers) }}
{% endmacro %}


{#- All rows of a model in the warehouse, each month of the newest folder that has it. -#}
{% macro rows_of_layers(node, versions) %}
    {%- set selects, held = [], [] -%}
    {%- for version in versions -%}
        {%- set month = 'convert(char(7), [' ~ (sliced_by(node) or '') ~ '], 126)' -%}
        {%- set conditions = [] -%}
        {%- if months_in(version) -%}
            {%- do conditions.append(month ~ " in ('" ~ months_in(version) | join("', '") ~ "')") -%}
        {%- endif -%}
        {%- if held -%}
            {%- do conditions.append(month ~ " not in ('" ~ held | join("', '") ~ "')") -%}
        {%- endif -%}
        {%- do selects.append(
            'select * from ' ~ external_table(node, version)
            ~ (' where ' ~ conditions | join(' and ') if conditions else '')
        ) -%}
        {%- do held.extend(months_in(version)) -%}
    {%- endfor -%}
    {{ return(selects | join(' union all ')) }}
{% endmacro %}
