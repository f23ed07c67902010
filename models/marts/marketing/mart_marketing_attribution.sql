with

attribution as (

    select * from {{ ref('fct_attribution') }}

),

chosen as (

    select
        order_id,
        customer_id,
        message_id,
        campaign_id,
        touch_type,
        amount_eur,
        hours_to_order,
        touched_at,
        ordered_at
    from attribution

)

select * from chosen
