with

orders as (

    select * from {{ ref('order_to_cash') }}

),

chosen as (

    select
        order_id,
        customer_id,
        currency,
        invoice_currency,
        ordered_amount,
        invoiced_amount,
        paid_amount,
        returned_amount,
        refunded_amount,
        written_off_amount,
        open_amount,
        invoiced_amount_eur,
        open_amount_eur,
        invoice_difference,
        refund_difference,
        status,
        ordered_at,
        invoiced_at
    from orders

)

select * from chosen
