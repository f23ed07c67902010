with

ageing as (

    select * from {{ ref('receivables_ageing') }}

),

chosen as (

    select
        as_of_day,
        currency,
        bucket,
        invoice_count,
        open_amount,
        open_amount_eur
    from ageing

)

select * from chosen
