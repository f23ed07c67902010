{#- Every position of the hub that one relation holds, the other holds too: nothing lost, nothing made up. Where the stream
    appends to compare_to while this runs (still_arriving), what lies behind the last position held is the next build's. -#}
{% test as_many_rows_as(model, compare_to, still_arriving=false) %}
    {{ config(store_failures=(target.name == 'databricks')) }}

    select
        coalesce(ours.partition_id, theirs.partition_id) as partition_id,
        coalesce(ours.sequence_number, theirs.sequence_number) as sequence_number
    from (select distinct partition_id, sequence_number from {{ model }}) as ours
    full outer join (select distinct partition_id, sequence_number from {{ compare_to }}) as theirs
        on
            ours.partition_id = theirs.partition_id
            and ours.sequence_number = theirs.sequence_number
    {%- if still_arriving %}
    left join (select partition_id, max(sequence_number) as last_number from {{ model }} group by partition_id) as held
        on theirs.partition_id = held.partition_id
    {%- endif %}
    where
        theirs.partition_id is null
        or (ours.partition_id is null{% if still_arriving %} and theirs.sequence_number <= held.last_number{% endif %})

{% endtest %}
