with

invoices as (

    select * from {{ ref('fct_invoices') }}

),

chosen as (

    select
        invoice_id,
        order_id,
        customer_id,
        currency,
        amount,
        amount_eur,
        paid_amount,
        refunded_amount,
        written_off_amount,
        open_amount,
        due_date,
        issued_at
    from invoices

)

select * from chosen
