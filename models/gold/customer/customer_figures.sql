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
        count_if(not is_cancelled) as order_count,
        count_if(is_cancelled) as cancelled_order_count,
        sum(revenue_eur) as order_amount_eur,
        sum(returned_amount_eur) as returned_amount_eur,
        sum(kept_amount_eur) as kept_amount_eur,
        min(if(is_cancelled, null, ordered_at)) as first_ordered_at,
        max(if(is_cancelled, null, ordered_at)) as last_ordered_at
    from orders
    group by all

),

marketing as (

    select
        customer_id,
        count(*) as message_count,
        count(clicked_at) as click_count
    from messages
    group by all

),

support as (

    select
        customer_id,
        count(*) as ticket_count,
        count(score) as score_count,
        sum(score) as score_sum
    from tickets
    group by all

),

finance as (

    select
        customer_id,
        count(*) as invoice_count,
        sum(open_amount_eur) as open_amount_eur
    from invoices
    group by all

),

joined as (

    select
        customer_id,
        customers.current_customer_id,
        coalesce(sales.order_count, 0) as order_count,
        coalesce(sales.cancelled_order_count, 0) as cancelled_order_count,
        cast(coalesce(sales.order_amount_eur, 0) as decimal(19, 4)) as order_amount_eur,
        cast(coalesce(sales.returned_amount_eur, 0) as decimal(19, 4)) as returned_amount_eur,
        cast(coalesce(sales.kept_amount_eur, 0) as decimal(19, 4)) as kept_amount_eur,
        coalesce(marketing.message_count, 0) as message_count,
        coalesce(marketing.click_count, 0) as click_count,
        coalesce(support.ticket_count, 0) as ticket_count,
        coalesce(support.score_count, 0) as score_count,
        coalesce(support.score_sum, 0) as score_sum,
        coalesce(finance.invoice_count, 0) as invoice_count,
        cast(coalesce(finance.open_amount_eur, 0) as decimal(19, 4)) as open_amount_eur,
        sales.first_ordered_at,
        sales.last_ordered_at
    from customers
    left join sales using (customer_id)
    left join marketing using (customer_id)
    left join support using (customer_id)
    left join finance using (customer_id)

)

select * from joined
