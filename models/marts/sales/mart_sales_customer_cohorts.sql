with

cohorts as (

    select * from {{ ref('customer_cohorts') }}

),

chosen as (

    select
        cohort_month,
        months_since,
        cohort_size,
        active_customer_count,
        kept_amount_eur,
        retention
    from cohorts

)

select * from chosen
