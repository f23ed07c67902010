with

raw_events as (

    select * from {{ source('raw', 'raw_sales') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

parsed as (

    {{ parsed_events('sales', 'unseen') }}

)

select * from parsed
