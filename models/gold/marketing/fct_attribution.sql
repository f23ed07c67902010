with

touches as (

    select * from {{ ref('fct_attribution_touches') }}

),

last_touches as (

    select
        -- ids
        order_id,
        customer_id,
        message_id,
        campaign_id,

        -- facts
        touch_type,
        amount_eur,
        hours_to_order,

        -- timestamps
        touched_at,
        ordered_at
    from touches
    where is_last_touch

)

select * from last_touches
