{%- set day = as_of('receivables_day', 'date', 'entries.booked_at') -%}

with

invoices as (

    select * from {{ ref('invoices_issued') }}

),

entries as (

    select * from {{ ref('fct_invoice_entries') }}

),

settlements as (

    select
        invoice_id,
        sum(if(entry_type = 'payment', amount, 0)) as paid_amount,
        sum(if(entry_type = 'refund', amount, 0)) as refunded_amount,
        sum(if(entry_type = 'write_off', amount, 0)) as written_off_amount,
        sum(if(entry_type = 'return', amount, 0)) as credited_amount,
        sum(open_change) as open_amount,
        sum(open_change) filter (where cast(booked_at as date) <= {{ day }}) as open_then,
        min(if(entry_type = 'payment', booked_at, null)) as first_paid_at,
        max(if(entry_type = 'payment', booked_at, null)) as last_paid_at,
        min(if(open_amount <= 0, booked_at, null)) as settled_at
    from entries
    group by invoice_id

),

joined as (

    select
        -- ids
        invoices.invoice_id,
        invoices.order_id,
        invoices.customer_id,

        -- facts
        invoices.currency,
        invoices.amount,
        invoices.amount_eur,
        cast(settlements.paid_amount as decimal(19, 4)) as paid_amount,
        cast(settlements.refunded_amount as decimal(19, 4)) as refunded_amount,
        cast(settlements.written_off_amount as decimal(19, 4)) as written_off_amount,
        cast(settlements.credited_amount as decimal(19, 4)) as credited_amount,
        cast(settlements.open_amount as decimal(19, 4)) as open_amount,
        {{ to_eur('settlements.open_amount') }} as open_amount_eur,
        settlements.open_amount <= 0 as is_settled,
        coalesce(settlements.open_then, 0) > 0
        and invoices.due_date < {{ day }} as is_overdue,

        -- timestamps
        invoices.due_date,
        invoices.issued_at,
        settlements.first_paid_at,
        settlements.last_paid_at,
        -- open again after a late refund: not settled
        if(settlements.open_amount <= 0, greatest(settlements.settled_at, invoices.issued_at), null)
            as settled_at
    from invoices
    inner join settlements on invoices.invoice_id = settlements.invoice_id

)

select * from joined
