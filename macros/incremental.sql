{#- Rows of a raw CTE behind the last sequence number that this model holds of each partition.
    The stream appends a partition's events in order, so nothing is missed and no copy is taken twice; where it was
    started again further back, raw holds a position twice and bronze once. -#}
{% macro unseen_events(cte) -%}
    select * from {{ cte }}
    {%- if is_incremental() %}
    where {{ behind_what_is_loaded() }}
    {%- endif %}
    qualify row_number() over (partition by partition_id, sequence_number order by enqueued_at) = 1
{%- endmacro %}


{#- Positions as constants, not as a join: Delta then skips the files, and Parquet the row groups, that hold nothing new.
    Not by time: a hub's clock may step back, and no event may be lost for it. -#}
{% macro behind_what_is_loaded() -%}
    {%- set positions = run_query(loaded_positions_sql()).rows if execute else [] -%}
    {%- if positions -%}
        partition_id not in ({{ positions | map('first') | join(', ') }})
        {%- for partition_id, sequence_number in positions %}
        or (partition_id = {{ partition_id }} and sequence_number > {{ sequence_number }})
        {%- endfor -%}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro loaded_positions_sql() %}
    select
        partition_id,
        max(sequence_number) as sequence_number
    from {{ this }}
    group by partition_id
{% endmacro %}


{#- A condition: loaded to bronze since this model's last row, less the look-back. Always true in a full build. -#}
{% macro is_recently_loaded() -%}
    {{ 'loaded_at >= ' ~ news_since() if is_incremental() else 'true' }}
{%- endmacro %}


{% macro and_recently_loaded() -%}
    and {{ is_recently_loaded() }}
{%- endmacro %}
