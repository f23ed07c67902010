with

raw_events as (

    select * from {{ source('raw', 'raw_customer') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

parsed as (

    {{ parsed_events('customer', 'unseen') }}

)

select * from parsed
