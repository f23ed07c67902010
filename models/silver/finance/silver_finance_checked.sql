with

events as (

    select * from {{ ref('bronze_finance_events') }}
    where {{ is_newly_loaded() }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

described as (

    {{ described('finance', 'events') }}

),

with_rates as (

    {{ priced('described', 'currencies', 'exchange_rates') }}

),

judged as (

    select
        * except (has_known_currency),
        case
            {{ faults_of_any('finance') }}
            {{ faults_of_money() }}
            when invoice_issued.due_date < date '{{ var("first_day") }}'
                then 'due_date is before the first plausible day'
            when datediff(invoice_issued.due_date, occurred_at) not between -366 and 3660
                then 'due_date is years from its invoice'
        end as reject_reason
    from with_rates

),

{{ identified('judged') }},

checked as (

    {{ checked('judged', 'ruled') }}

)

select * from checked
