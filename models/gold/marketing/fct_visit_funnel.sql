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
visits_before_orders as (

    select
        visits.visit_id,
        orders.order_id,
        orders.channel as order_channel,
        orders.kept_amount_eur
    from orders
    inner join visits_of_survivors as visits
        on
            orders.current_customer_id = visits.current_customer_id
            and orders.ordered_at >= visits.occurred_at
            and orders.ordered_at <= visits.occurred_at
            + make_interval(0, 0, 0, {{ var('attribution_days') }})
    qualify row_number() over (
        partition by orders.order_id
        order by visits.occurred_at desc, visits.visit_id asc
    ) = 1

),

won as (

    select
        visit_id,
        count(*) as order_count,
        sum(kept_amount_eur) as kept_amount_eur
    from visits_before_orders
    group by visit_id

),

funnel as (

    select
        cast(date_trunc('month', visits.occurred_at) as date) as month,
        coalesce(visits.campaign_id, 'none') as campaign_id,
        coalesce(visits.device, 'unknown') as device,
        count(*) as visit_count,
        count(distinct visits.current_customer_id) as visitor_count,
        count_if(visits.page = '/basket') as basket_visit_count,
        count(won.visit_id) as converted_visit_count,
        coalesce(sum(won.order_count), 0) as order_count,
        cast(coalesce(sum(won.kept_amount_eur), 0) as decimal(19, 4)) as kept_amount_eur
    from visits_of_survivors as visits
    left join won on visits.visit_id = won.visit_id
    group by all

)

select * from funnel
