with

customers as (

    select * from {{ ref('dim_customer') }}

),

-- to the pool's collation, ids that differ in case alone are one
numbered as (

    select
        *,
        row_number() over (
            partition by customer_id order by is_known desc, updated_at desc
        ) as spelling
    from customers

),

chosen as (

    select
        customer_id,
        country_code,
        segment,
        is_closed
    from numbered
    where spelling = 1

)

select * from chosen
