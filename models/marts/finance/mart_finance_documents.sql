with

documents as (

    select * from {{ ref('fct_finance_documents') }}

),

chosen as (

    select
        document_id,
        invoice_id,
        customer_id,
        document_type,
        currency,
        amount,
        amount_eur,
        booked_on
    from documents

)

select * from chosen
