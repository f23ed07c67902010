-- revenue, kept amount, kept orders and customers with one: wherever they are shown, they add up to what fct_orders says
with

orders as (

    select * from {{ ref('fct_orders') }}

),

kept_orders as (

    select * from {{ ref('kept_orders') }}

),

daily as (

    select * from {{ ref('fct_daily_sales') }}

),

figures as (

    select * from {{ ref('customer_figures') }}

),

customers as (

    select * from {{ ref('customer_360') }}

),

cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

new_and_returning as (

    select * from {{ ref('revenue_by_customer_type') }}

),

shown as (

    select
        'fct_orders' as shown_in,
        sum(revenue_eur) as revenue_eur,
        sum(kept_amount_eur) as kept_amount_eur,
        count_if(not is_cancelled) as order_count,
        count(distinct if(is_cancelled, null, current_customer_id)) as customer_count
    from orders
    union all
    select 'kept_orders', sum(revenue_eur), sum(kept_amount_eur), count(*), count(distinct customer_id) from kept_orders
    union all
    select 'fct_daily_sales', sum(revenue_eur), sum(kept_amount_eur), sum(order_count - cancelled_order_count), null
    from daily
    union all
    select 'customer_figures', sum(order_amount_eur), sum(kept_amount_eur), sum(order_count), null from figures
    union all
    select
        'customer_360', sum(order_amount_eur), sum(kept_amount_eur), sum(order_count), count_if(order_count > 0)
    from customers
    union all
    select 'customer_cohorts', null, null, null, sum(if(months_since = 0, cohort_size, 0)) from cohorts
    union all
    select 'revenue_by_customer_type', sum(order_amount_eur), sum(kept_amount_eur), sum(order_count), null
    from new_and_returning

)

select shown.*
from shown
cross join (select * from shown where shown_in = 'fct_orders') as defined
where
    shown.revenue_eur <> defined.revenue_eur
    or shown.kept_amount_eur <> defined.kept_amount_eur
    or shown.order_count <> defined.order_count
    or shown.customer_count <> defined.customer_count
