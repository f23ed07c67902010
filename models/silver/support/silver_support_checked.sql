with

events as (

    select * from {{ ref('bronze_support_events') }}
    where {{ is_newly_loaded() }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

described as (

    {{ described('support', 'events') }}

),

with_rates as (

    {{ priced('described', 'currencies', 'exchange_rates') }}

),

judged as (

    select
        * except (has_known_currency),
        case
            {{ faults_of_any('support') }}
            {{ faults_of_money(also_of_nothing=false) }}
        end as reject_reason
    from with_rates

),

{{ identified('judged') }},

checked as (

    {{ checked('judged', 'ruled') }}

)

select * from checked
