{%- set all_arrivals = [
    ref('silver_customer_checked'), ref('silver_sales_checked'), ref('silver_marketing_checked'),
    ref('silver_support_checked'), ref('silver_finance_checked')
] -%}

with

customer_events as (

    select * from {{ ref('silver_customer_checked') }}

),

sales_events as (

    select * from {{ ref('silver_sales_checked') }}

),

marketing_events as (

    select * from {{ ref('silver_marketing_checked') }}

),

support_events as (

    select * from {{ ref('silver_support_checked') }}

),

finance_events as (

    select * from {{ ref('silver_finance_checked') }}

),

arrivals as (

    select
        'customer' as department,
        enqueued_at
    from customer_events
    union all
    select
        'sales' as department,
        enqueued_at
    from sales_events
    union all
    select
        'marketing' as department,
        enqueued_at
    from marketing_events
    union all
    select
        'support' as department,
        enqueued_at
    from support_events
    union all
    select
        'finance' as department,
        enqueued_at
    from finance_events

),

-- a month that is over is counted whole; an open one up to the last whole minute,
-- since the live windows, (start, end], go on from there
complete as (

    select
        department,
        {{ complete_until(all_arrivals) }} as complete_until
    from arrivals
    group by department

),

daily as (

    select
        arrivals.department,
        cast(arrivals.enqueued_at as date) as date_day,
        count_if(arrivals.enqueued_at <= complete.complete_until) as events,
        complete.complete_until
    from arrivals
    inner join complete on arrivals.department = complete.department
    group by all

)

select * from daily
