with

months as (

    select * from {{ ref('customer_segments_monthly') }}

),

chosen as (

    select
        month,
        segment,
        customer_count,
        new_count,
        moved_in_count
    from months

)

select * from chosen
