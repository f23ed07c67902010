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
            {{ faults_of_lines(
                'order_placed.lines',
                ['line_number', 'product_id', 'quantity', 'unit_price'],
                ['unit_price', 'discount', 'tax']
            ) }}
            {{ faults_of_order_lines('order_placed.lines') }}
            {{ faults_of_lines(
                'order_returned.lines', ['line_number', 'quantity', 'amount'], ['amount']
            ) }}
            when
                {{ is_not_its_sum('order_placed.amount', order_total('order_placed.lines')) }}
                or {{ is_not_its_sum(
                    'order_returned.amount', returned_total('order_returned.lines')
                ) }}
                then 'amount is not the sum of its lines'
        end as reject_reason
    from with_rates

),

{{ identified('judged') }},

checked as (

    {{ checked('judged', 'ruled') }}

)

select * from checked
