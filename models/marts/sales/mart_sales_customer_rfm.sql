with

customers as (

    select * from {{ ref('customer_rfm') }}

),

chosen as (

    select
        customer_id,
        as_of_day,
        recency_days,
        frequency,
        cast(round(kept_amount_eur, 2) as decimal(19, 2)) as kept_eur,
        recency_score,
        frequency_score,
        monetary_score,
        rfm_segment
    from customers

)

select * from chosen
