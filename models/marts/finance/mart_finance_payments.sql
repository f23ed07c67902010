with

payments as (

    select * from {{ ref('fct_payments') }}

),

chosen as (

    select
        payment_id,
        invoice_id,
        customer_id,
        method,
        currency,
        amount,
        amount_eur,
        has_invoice,
        days_to_pay,
        is_late,
        paid_on
    from payments

)

select * from chosen
