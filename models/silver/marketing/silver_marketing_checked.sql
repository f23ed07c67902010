with

events as (

    select * from {{ ref('bronze_marketing_events') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

with_currency as (

    select
        *,
        upper(message_sent.currency) as currency
    from events

),

checked as (

    select
        with_currency.*,
        exchange_rates.rate_to_eur,
        case
            when
                coalesce(
                    message_sent.message_id,
                    message_opened.message_id,
                    message_clicked.message_id,
                    subscription_changed.channel,
                    site_visited.visit_id
                ) is null
                then 'no model reads this type'
            when
                with_currency.currency is not null
                and exchange_rates.rate_to_eur is null
                then 'unknown currency'
            when message_sent.cost < 0 then 'negative amount'
        end as reject_reason
    from with_currency
    left join exchange_rates
        on with_currency.currency = exchange_rates.currency

)

select * from checked
