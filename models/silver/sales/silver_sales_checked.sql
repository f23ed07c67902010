with

events as (

    select * from {{ ref('bronze_sales_events') }}
    where {{ is_newly_loaded() }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

exchange_rates as (

    select * from {{ ref('exchange_rates') }}

),

described as (

    {{ described('sales', 'events') }}

),

with_rates as (

    {{ priced('described', 'currencies', 'exchange_rates') }}

),

judged as (

    select
        * except (has_known_currency),
        case
            {{ faults_of_any('sales') }}
            {{ faults_of_money() }}
            when
                exists(order_placed.lines, line -> {{ lacks_a_field('line') }})
                then 'a line lacks a field'
            when exists(order_placed.lines, line -> line.quantity not between 1 and 1000000)
                then 'quantity has no meaning'
            when
                exists(
                    order_placed.lines,
                    line -> least(line.unit_price, line.discount, line.tax) < 0
                )
                then 'negative amount'
            when size(array_distinct(order_placed.lines.line_number)) < size(order_placed.lines)
                then 'line number used twice'
            when
                not coalesce(
                    abs(order_placed.amount - {{ order_total('order_placed.lines') }}) <= 0.005,
                    order_placed is null
                )
                then 'amount is not the sum of its lines'
        end as reject_reason
    from with_rates

),

{{ identified('judged') }},

checked as (

    {{ checked('judged', 'ruled') }}

)

select * from checked
