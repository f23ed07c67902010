with

orders as (

    select * from {{ ref('fct_orders') }}

),

invoices as (

    select * from {{ ref('fct_invoices') }}

),

-- an invoice may write its order's number in another case
invoiced as (

    select
        min(order_id) as order_id,
        min(customer_id) as customer_id,
        min(currency) as currency,
        if(count(distinct currency) = 1, min(currency), null) as invoice_currency,
        {{ sum_of_one_currency('amount') }} as invoiced_amount,
        {{ sum_of_one_currency('paid_amount') }} as paid_amount,
        {{ sum_of_one_currency('refunded_amount') }} as refunded_amount,
        {{ sum_of_one_currency('written_off_amount') }} as written_off_amount,
        {{ sum_of_one_currency('open_amount') }} as open_amount,
        cast(sum(amount_eur) as decimal(19, 4)) as invoiced_amount_eur,
        cast(sum(open_amount_eur) as decimal(19, 4)) as open_amount_eur,
        min(issued_at) as invoiced_at,
        max(last_paid_at) as last_paid_at
    from invoices
    group by lower(order_id)

),

joined as (

    select
        coalesce(orders.order_id, invoiced.order_id) as order_id,
        coalesce(orders.customer_id, invoiced.customer_id) as customer_id,
        coalesce(orders.currency, invoiced.currency) as currency,
        invoiced.invoice_currency,
        orders.amount as ordered_amount,
        invoiced.invoiced_amount,
        invoiced.paid_amount,
        orders.returned_amount,
        invoiced.refunded_amount,
        invoiced.written_off_amount,
        invoiced.open_amount,
        invoiced.invoiced_amount_eur,
        invoiced.open_amount_eur,
        {{ difference_of_one_currency('invoiced_amount', 'amount') }} as invoice_difference,
        {{ difference_of_one_currency('refunded_amount', 'returned_amount') }} as refund_difference,
        case
            when orders.order_id is null then 'no order'
            when orders.is_cancelled then 'cancelled'
            when invoiced.order_id is null then 'never invoiced'
            when coalesce(invoiced.invoice_currency <> orders.currency, true)
                then 'other currency'
            when invoiced.invoiced_amount <> orders.amount
                then 'other amount'
            when invoiced.open_amount > 0 then 'open'
            -- what was not paid is credited, not refunded
            when
                invoiced.open_amount < 0
                and invoiced.refunded_amount < orders.returned_amount
                then 'refund due'
            when invoiced.open_amount < 0 then 'overpaid'
            else 'settled'
        end as status,
        orders.ordered_at,
        invoiced.invoiced_at,
        invoiced.last_paid_at
    from orders
    full outer join invoiced on lower(orders.order_id) = lower(invoiced.order_id)

)

select * from joined
