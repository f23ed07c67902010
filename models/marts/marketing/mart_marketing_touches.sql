with

touches as (

    select * from {{ ref('fct_attribution_touches') }}

),

chosen as (

    select
        order_id,
        customer_id,
        touch_id,
        message_id,
        campaign_id,
        touch_type,
        amount_eur,
        hours_to_order,
        is_last_touch,
        is_first_touch,
        weight,
        touched_at,
        ordered_at
    from touches

)

select * from chosen
