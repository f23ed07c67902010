with

events as (

    select * from {{ ref('bronze_finance_events') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

with_currency as (

    select
        *,
        upper(
            coalesce(
                invoice_issued.currency,
                payment_received.currency,
                refund_issued.currency,
                invoice_written_off.currency
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
                    invoice_issued.invoice_id,
                    payment_received.payment_id,
                    refund_issued.refund_id,
                    invoice_written_off.invoice_id
                ) is null
                then 'no model reads this type'
            when
                with_currency.currency is not null
                and exchange_rates.rate_to_eur is null
                then 'unknown currency'
            when
                least(
                    invoice_issued.amount,
                    payment_received.amount,
                    refund_issued.amount,
                    invoice_written_off.amount
                ) < 0
                then 'negative amount'
        end as reject_reason
    from with_currency
    left join exchange_rates
        on with_currency.currency = exchange_rates.currency

)

select * from checked
