with

visits as (

    select * from {{ ref('silver_site_visits') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where not is_cancelled

),

customers as (

    select * from {{ ref('dim_customer') }}

),

visits_of_survivors as (

    select
        visits.*,
        customers.current_customer_id
    from visits
    inner join customers on visits.customer_id = customers.customer_id

),

-- an order belongs to the last visit within the window before it
won as (

    select
        visits.visit_id,
        orders.order_id,
        orders.kept_amount_eur
    from orders
    inner join visits_of_survivors as visits
        on
            orders.current_customer_id = visits.current_customer_id
            and orders.ordered_at >= visits.occurred_at
            and orders.ordered_at <= {{ window_end('visits.occurred_at') }}
    qualify row_number() over (
        partition by orders.order_id order by visits.occurred_at desc, visits.visit_id asc
    ) = 1

),

funnel as (

    select
        cast(date_trunc('month', visits.occurred_at) as date) as month,
        -- ids that differ in case alone are one campaign, as to the warehouse and to Power BI
        min(coalesce(visits.campaign_id, 'none')) as campaign_id,
        coalesce(visits.device, 'unknown') as device,
        count(distinct visits.visit_id) as visit_count,
        count(distinct visits.current_customer_id) as visitor_count,
        count(distinct if(visits.page rlike '(?i)^/basket/?([?#]|$)', visits.visit_id, null))
            as basket_visit_count,
        count(distinct won.visit_id) as converted_visit_count,
        count(won.order_id) as order_count,
        cast(coalesce(sum(won.kept_amount_eur), 0) as decimal(19, 4)) as kept_amount_eur
    from visits_of_survivors as visits
    left join won on visits.visit_id = won.visit_id
    group by
        date_trunc('month', visits.occurred_at),
        lower(coalesce(visits.campaign_id, 'none')),
        coalesce(visits.device, 'unknown')

)

select * from funnel
