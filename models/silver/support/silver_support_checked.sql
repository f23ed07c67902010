with

events as (

    select * from {{ ref('bronze_support_events') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

with_currency as (

    select
        *,
        upper(ticket_closed.currency) as currency
    from events

),

checked as (

    select
        with_currency.*,
        exchange_rates.rate_to_eur,
        case
            when
                coalesce(
                    ticket_opened.ticket_id,
                    ticket_updated.ticket_id,
                    ticket_closed.ticket_id,
                    survey_answered.survey_id
                ) is null
                then 'no model reads this type'
            when
                with_currency.currency is not null
                and exchange_rates.rate_to_eur is null
                then 'unknown currency'
            when ticket_closed.goodwill < 0 then 'negative amount'
        end as reject_reason
    from with_currency
    left join exchange_rates
        on with_currency.currency = exchange_rates.currency

)

select * from checked
