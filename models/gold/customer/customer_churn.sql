with

orders as (

    select * from {{ ref('kept_orders') }}

),

active_months as (

    select distinct
        customer_id,
        month
    from orders

),

-- a customer is lost in the month in which the last order lies so many months back
steps as (

    select
        customer_id,
        month,
        lag(month) over months as previous_month,
        lead(month) over months as next_month,
        (select max(month) from orders) as last_month
    from active_months
    window months as (partition by customer_id order by month)

),

movements as (

    select
        month,
        case
            when previous_month is null then 'new'
            when months_between(month, previous_month) > {{ var('churn_months') }} then 'back'
            else 'kept'
        end as movement
    from steps
    union all
    select
        cast(add_months(month, {{ var('churn_months') }} + 1) as date) as month,
        'lost' as movement
    from steps
    where months_between(coalesce(next_month, last_month), month) > {{ var('churn_months') }}

),

counted as (

    select
        month,
        movement,
        count(*) as customer_count
    from movements
    group by all

)

select * from counted
