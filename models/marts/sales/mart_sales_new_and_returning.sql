with

months as (

    select * from {{ ref('revenue_by_customer_type') }}

),

chosen as (

    select
        month,
        channel,
        customer_type,
        order_count,
        customer_count,
        order_amount_eur,
        kept_amount_eur
    from months

)

select * from chosen
