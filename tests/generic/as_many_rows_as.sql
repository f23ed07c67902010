{#- Every position of the hub that one relation holds, the other holds too: nothing lost, nothing made up. -#}
{% test as_many_rows_as(model, compare_to) %}
    {{ config(store_failures=(target.name == 'databricks')) }}

    select
        coalesce(ours.partition_id, theirs.partition_id) as partition_id,
        coalesce(ours.sequence_number, theirs.sequence_number) as sequence_number
    from (select distinct partition_id, sequence_number from {{ model }}) as ours
    full outer join (select distinct partition_id, sequence_number from {{ compare_to }}) as theirs
        on
            ours.partition_id = theirs.partition_id
            and ours.sequence_number = theirs.sequence_number
    where ours.partition_id is null or theirs.partition_id is null

{% endtest %}
