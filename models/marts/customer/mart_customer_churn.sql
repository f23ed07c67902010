with

months as (

    select * from {{ ref('customer_churn') }}

),

chosen as (

    select
        month,
        movement,
        customer_count
    from months

)

select * from chosen
