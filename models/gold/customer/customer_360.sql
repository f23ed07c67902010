with

customers as (

    select * from {{ ref('dim_customer') }}

),

figures as (

    select * from {{ ref('customer_figures') }}

),

summed as (

    select
        current_customer_id as customer_id,
        count(*) - 1 as merged_customer_count,
        sum(order_count) as order_count,
        sum(cancelled_order_count) as cancelled_order_count,
        sum(order_amount_eur) as order_amount_eur,
        sum(returned_amount_eur) as returned_amount_eur,
        sum(kept_amount_eur) as kept_amount_eur,
        sum(message_count) as message_count,
        sum(click_count) as click_count,
        sum(ticket_count) as ticket_count,
        sum(score_sum) / nullif(sum(score_count), 0) as average_score,
        sum(invoice_count) as invoice_count,
        sum(open_amount_eur) as open_amount_eur,
        min(first_ordered_at) as first_ordered_at,
        max(last_ordered_at) as last_ordered_at
    from figures
    group by all

),

joined as (

    select
        customer_id,
        customers.country_code,
        customers.segment,
        customers.is_closed,
        summed.merged_customer_count,
        summed.order_count,
        summed.cancelled_order_count,
        cast(summed.order_amount_eur as decimal(19, 4)) as order_amount_eur,
        cast(summed.returned_amount_eur as decimal(19, 4)) as returned_amount_eur,
        cast(summed.kept_amount_eur as decimal(19, 4)) as kept_amount_eur,
        summed.message_count,
        summed.click_count,
        summed.ticket_count,
        summed.average_score,
        summed.invoice_count,
        cast(summed.open_amount_eur as decimal(19, 4)) as open_amount_eur,
        summed.first_ordered_at,
        summed.last_ordered_at
    from customers
    inner join summed using (customer_id)

)

select * from joined
