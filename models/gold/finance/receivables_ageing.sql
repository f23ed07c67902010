with

invoices as (

    select * from {{ ref('invoices_issued') }}

),

entries as (

    select * from {{ ref('fct_invoice_entries') }}

),

open_then as (

    select
        invoice_id,
        {{ as_of('receivables_day', 'date', 'entries.booked_at') }} as as_of_day,
        sum(open_change) as open_amount
    from entries
    where cast(booked_at as date) <= {{ as_of('receivables_day', 'date', 'entries.booked_at') }}
    group by invoice_id
    having sum(open_change) <> 0

),

aged as (

    select
        open_then.*,
        invoices.currency,
        invoices.rate_to_eur,
        datediff(open_then.as_of_day, invoices.due_date) as days_overdue
    from open_then
    inner join invoices on open_then.invoice_id = invoices.invoice_id

),

in_buckets as (

    select
        *,
        case
            when open_amount < 0 then 'overpaid'
            when days_overdue > 90 then 'over 90 days'
            when days_overdue > 60 then '61-90 days'
            when days_overdue > 30 then '31-60 days'
            when days_overdue > 0 then '1-30 days'
            else 'not due'
        end as bucket
    from aged

),

totals as (

    select
        as_of_day,
        currency,
        bucket,
        count(*) as invoice_count,
        cast(sum(open_amount) as decimal(19, 4)) as open_amount,
        cast(sum({{ to_eur('open_amount') }}) as decimal(19, 4))
            as open_amount_eur
    from in_buckets
    group by all

)

select * from totals
