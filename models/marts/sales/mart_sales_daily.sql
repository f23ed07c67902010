with

days as (

    select * from {{ ref('fct_daily_sales') }}

),

chosen as (

    select
        ordered_on,
        channel,
        country_code,
        order_count,
        line_count,
        quantity,
        net_revenue_eur,
        cancelled_order_count,
        cancelled_revenue_eur,
        returned_order_count,
        returned_amount_eur,
        revenue_eur,
        kept_amount_eur
    from days

)

select * from chosen
