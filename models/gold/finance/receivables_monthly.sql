with

invoices as (

    select * from {{ ref('invoices_issued') }}

),

entries as (

    select * from {{ ref('fct_invoice_entries') }}

),

month_ends as (

    select
        explode(
            sequence(
                date_trunc('month', min(booked_at)),
                date_trunc('month', max(booked_at)),
                interval 1 month
            )
        ) as month_start
    from entries

),

-- what was owed on each invoice at the end of each month
balances as (

    select
        cast(month_ends.month_start as date) as month,
        invoices.invoice_id,
        invoices.rate_to_eur,
        datediff(last_day(month_ends.month_start), invoices.due_date) as days_overdue,
        sum(entries.open_change) as open_amount
    from month_ends
    inner join entries on entries.booked_at < add_months(month_ends.month_start, 1)
    inner join invoices on entries.invoice_id = invoices.invoice_id
    group by all
    having sum(entries.open_change) > 0

),

open_by_month as (

    select
        month,
        count(*) as open_invoice_count,
        sum({{ to_eur('open_amount') }}) as open_amount_eur,
        sum(if(days_overdue > 0, {{ to_eur('open_amount') }}, 0)) as overdue_amount_eur,
        sum(if(days_overdue > 90, {{ to_eur('open_amount') }}, 0)) as over_90_days_amount_eur
    from balances
    group by month

),

-- sales on credit of the three months up to the month's end
invoiced_by_month as (

    select
        cast(month_ends.month_start as date) as month,
        sum(invoices.amount_eur) as invoiced_amount_eur
    from month_ends
    inner join invoices
        on
            invoices.issued_at < add_months(month_ends.month_start, 1)
            and invoices.issued_at >= add_months(month_ends.month_start, -2)
    group by all

),

joined as (

    select
        month,
        coalesce(open_by_month.open_invoice_count, 0) as open_invoice_count,
        cast(coalesce(open_by_month.open_amount_eur, 0) as decimal(19, 4)) as open_amount_eur,
        cast(coalesce(open_by_month.overdue_amount_eur, 0) as decimal(19, 4))
            as overdue_amount_eur,
        cast(coalesce(open_by_month.over_90_days_amount_eur, 0) as decimal(19, 4))
            as over_90_days_amount_eur,
        cast(coalesce(invoiced_by_month.invoiced_amount_eur, 0) as decimal(19, 4))
            as invoiced_amount_eur,
        {{ days_sales_outstanding('open_amount_eur', 'invoiced_amount_eur', 'month') }}
            as days_sales_outstanding
    from open_by_month
    full outer join invoiced_by_month using (month)

)

select * from joined
