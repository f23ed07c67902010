with

orders as (

    select * from {{ ref('kept_orders') }}

),

dated_orders as (

    select
        *,
        {{ as_of('rfm_day', 'date', 'orders.ordered_on') }} as as_of_day
    from orders

),

recent_orders as (

    select * from dated_orders
    where
        ordered_on <= as_of_day
        and ordered_on > date_sub(as_of_day, {{ var('rfm_days') }})

),

customers as (

    select
        customer_id,
        as_of_day,
        datediff(as_of_day, max(ordered_on)) as recency_days,
        count(*) as frequency,
        cast(sum(kept_amount_eur) as decimal(19, 4)) as kept_amount_eur
    from recent_orders
    group by all

),

scored as (

    select
        *,
        {{ quintile('recency_days', 'desc') }} as recency_score,
        {{ quintile('frequency') }} as frequency_score,
        {{ quintile('kept_amount_eur') }} as monetary_score
    from customers

),

named as (

    select
        *,
        case
            when recency_score >= 4 and frequency_score >= 4 then 'champion'
            when recency_score >= 3 and frequency_score >= 3 then 'loyal'
            when recency_score >= 4 then 'new'
            when recency_score = 3 then 'needs attention'
            when frequency_score >= 3 then 'at risk'
            else 'lost'
        end as rfm_segment
    from scored

)

select * from named
