with

events as (

    select * from {{ ref('bronze_sales_events') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

with_currency as (

    select
        *,
        upper(
            coalesce(
                order_placed.currency,
                order_returned.currency
            )
        ) as currency
    from events

),

checked as (

    select
        with_currency.*,
        exchange_rates.rate_to_eur,
        case
            when
                coalesce(
                    order_placed.order_id,
                    order_status_changed.order_id,
                    order_returned.order_id
                ) is null
                then 'no model reads this type'
            when
                with_currency.currency is not null
                and exchange_rates.rate_to_eur is null
                then 'unknown currency'
            when
                least(order_placed.amount, order_returned.amount) < 0
                or exists(
                    order_placed.lines,
                    line -> least(line.unit_price, line.discount, line.tax) < 0
                )
                then 'negative amount'
            when size(array_distinct(order_placed.lines.line_number)) < size(order_placed.lines)
                then 'line number used twice'
            when abs(order_placed.amount - {{ order_total('order_placed.lines') }}) > 0.005
                then 'amount is not the sum of its lines'
        end as reject_reason
    from with_currency
    left join exchange_rates
        on with_currency.currency = exchange_rates.currency

)

select * from checked
