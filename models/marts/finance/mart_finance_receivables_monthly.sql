with

months as (

    select * from {{ ref('receivables_monthly') }}

),

chosen as (

    select
        month,
        open_invoice_count,
        open_amount_eur,
        overdue_amount_eur,
        over_90_days_amount_eur,
        invoiced_amount_eur,
        days_sales_outstanding
    from months

)

select * from chosen
