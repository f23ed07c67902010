with

customers as (

    select * from {{ ref('dim_customer') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

messages as (

    select * from {{ ref('fct_messages') }}

),

tickets as (

    select * from {{ ref('fct_tickets') }}

),

invoices as (

    select * from {{ ref('fct_invoices') }}

),

sales as (

    select
        customer_id,
        count(*) as order_count,
        sum(case when is_cancelled then 0 else amount_eur end)
            as order_amount_eur,
        max(ordered_at) as last_ordered_at
    from orders
    group by customer_id

),

marketing as (

    select
        customer_id,
        count(*) as message_count,
        count(clicked_at) as click_count
    from messages
    group by customer_id

),

support as (

    select
        customer_id,
        count(*) as ticket_count,
        avg(score) as average_score
    from tickets
    group by customer_id

),

finance as (

    select
        customer_id,
        count(*) as invoice_count,
        sum(open_amount * amount_eur / nullif(amount, 0)) as open_amount_eur
    from invoices
    group by customer_id

),

joined as (

    select
        customers.customer_id,
        customers.country_code,
        customers.segment,
        customers.is_closed,
        coalesce(sales.order_count, 0) as order_count,
        cast(coalesce(sales.order_amount_eur, 0) as decimal(19, 4))
            as order_amount_eur,
        coalesce(marketing.message_count, 0) as message_count,
        coalesce(marketing.click_count, 0) as click_count,
        coalesce(support.ticket_count, 0) as ticket_count,
        support.average_score,
        coalesce(finance.invoice_count, 0) as invoice_count,
        cast(coalesce(finance.open_amount_eur, 0) as decimal(19, 4))
            as open_amount_eur,
        sales.last_ordered_at
    from customers
    left join sales on customers.customer_id = sales.customer_id
    left join marketing on customers.customer_id = marketing.customer_id
    left join support on customers.customer_id = support.customer_id
    left join finance on customers.customer_id = finance.customer_id

)

select * from joined
