with

customers as (

    select * from {{ ref('customer_360') }}

),

chosen as (

    select
        customer_id,
        country_code,
        segment,
        is_closed,
        merged_customer_count,
        order_count,
        cancelled_order_count,
        order_amount_eur,
        returned_amount_eur,
        kept_amount_eur,
        message_count,
        click_count,
        ticket_count,
        average_score,
        invoice_count,
        open_amount_eur,
        first_ordered_at,
        last_ordered_at
    from customers

)

select * from chosen
