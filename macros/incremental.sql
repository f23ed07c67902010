{#- Rows of a raw CTE behind the last sequence number that this model holds of each partition.
    The stream appends a partition's events in order, so nothing is missed and no copy is taken twice. -#}
{% macro unseen_events(cte) -%}
    select {{ cte }}.*
    from {{ cte }}
    {%- if is_incremental() %}
    left join (
        select
            partition_id,
            max(sequence_number) as last_sequence_number
        from {{ this }}
        group by partition_id
    ) as loaded
        on {{ cte }}.partition_id = loaded.partition_id
    where {{ cte }}.sequence_number > coalesce(loaded.last_sequence_number, -1)
    {%- endif %}
{%- endmacro %}


{#- A condition: loaded to bronze since this model's last row, less the look-back. Always true in a full build. -#}
{% macro is_recently_loaded() -%}
    {%- if is_incremental() -%}
        loaded_at >= (
            select
                coalesce(max(loaded_at), timestamp '1970-01-01')
                - make_interval(0, 0, 0, 0, {{ var('lookback_hours') }})
            from {{ this }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro and_recently_loaded() -%}
    and {{ is_recently_loaded() }}
{%- endmacro %}
