with

orders as (

    select * from {{ ref('kept_orders') }}

),

first_months as (

    select
        customer_id,
        min(month) as cohort_month
    from orders
    group by all

),

cohorts as (

    select
        cohort_month,
        count(*) as cohort_size
    from first_months
    group by all

),

activity as (

    select
        first_months.cohort_month,
        cast(months_between(orders.month, first_months.cohort_month) as int)
            as months_since,
        count(distinct customer_id) as active_customer_count,
        sum(orders.kept_amount_eur) as kept_amount_eur
    from orders
    inner join first_months using (customer_id)
    group by all

),

-- a month in which nobody came back is a row too
followed_months as (

    select
        *,
        explode(sequence(
            0,
            least(
                {{ var('cohort_months') }},
                cast(months_between((select max(month) from orders), cohort_month) as int)
            )
        )) as months_since
    from cohorts

),

joined as (

    select
        cohort_month,
        months_since,
        followed_months.cohort_size,
        coalesce(activity.active_customer_count, 0) as active_customer_count,
        cast(coalesce(activity.kept_amount_eur, 0) as decimal(19, 4)) as kept_amount_eur,
        coalesce(activity.active_customer_count, 0) / followed_months.cohort_size as retention
    from followed_months
    left join activity using (cohort_month, months_since)

)

select * from joined
