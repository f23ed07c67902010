with

raw_events as (

    select * from {{ source('raw', 'raw_marketing') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

parsed as (

    {{ parsed_events('marketing', 'unseen') }}

)

select * from parsed
