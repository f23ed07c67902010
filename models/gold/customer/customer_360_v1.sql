with

customers as (

    select * from {{ ref('dim_customer') }}

),

figures as (

    select * from {{ ref('customer_figures') }}

),

joined as (

    select
        customer_id,
        customers.country_code,
        customers.segment,
        customers.is_closed,
        figures.order_count,
        figures.order_amount_eur,
        figures.message_count,
        figures.click_count,
        figures.ticket_count,
        figures.score_sum / nullif(figures.score_count, 0) as average_score,
        figures.invoice_count,
        figures.open_amount_eur,
        figures.last_ordered_at
    from customers
    inner join figures using (customer_id)

)

select * from joined
