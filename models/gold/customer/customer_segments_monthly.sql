with

versions as (

    select * from {{ ref('dim_customer_history') }}

),

months as (

    select
        explode(
            sequence(
                date_trunc('month', min(valid_from)),
                date_trunc('month', max(valid_from)),
                interval 1 month
            )
        ) as month_start
    from versions

),

-- what held at the end of each month
standing as (

    select
        cast(months.month_start as date) as month,
        versions.customer_id,
        coalesce(versions.segment, 'unknown') as segment
    from months
    inner join versions
        on
            versions.valid_from < add_months(months.month_start, 1)
            and coalesce(versions.valid_to, timestamp '9999-12-31')
            >= add_months(months.month_start, 1)
    where not versions.is_closed
    -- ids that differ in case alone are one customer
    qualify row_number() over (
        partition by lower(versions.customer_id), months.month_start
        order by versions.valid_from desc
    ) = 1

),

compared as (

    select
        *,
        lag(segment) over (partition by lower(customer_id) order by month) as segment_before
    from standing

),

counted as (

    select
        month,
        segment,
        count(*) as customer_count,
        count_if(segment_before is null) as new_count,
        count_if(segment_before <> segment) as moved_in_count
    from compared
    group by all

)

select * from counted
