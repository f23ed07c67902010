with

raw_events as (

    select * from {{ source('raw', 'raw_finance') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

parsed as (

    {{ parsed_events('finance', 'unseen') }}

)

select * from parsed
