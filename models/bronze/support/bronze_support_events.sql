with

raw_events as (

    select * from {{ source('raw', 'raw_support') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

parsed as (

    {{ parsed_events('support', 'unseen') }}

)

select * from parsed
