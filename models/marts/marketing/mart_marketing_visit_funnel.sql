with

funnel as (

    select * from {{ ref('fct_visit_funnel') }}

),

chosen as (

    select
        month,
        campaign_id,
        device,
        visit_count,
        visitor_count,
        basket_visit_count,
        converted_visit_count,
        order_count,
        kept_amount_eur
    from funnel

)

select * from chosen
