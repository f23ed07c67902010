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
        credited_amount,
        open_amount,
        open_amount_eur,
        is_settled,
        is_overdue,
        due_date,
        issued_at,
        first_paid_at,
        last_paid_at,
        settled_at
    from invoices

)

select * from chosen
