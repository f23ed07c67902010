-- how customers write a country that no row of the seed countries knows: add the spelling there
{{ config(severity='warn') }}

with

events as (

    select * from {{ ref('silver_customer_checked') }}
    where is_accepted

),

countries as (

    select * from {{ ref('countries') }}

),

spelled as (

    select
        lower(trim(profile_updated.address.country)) as spelling,
        count(*) as profile_count
    from events
    where trim(profile_updated.address.country) <> ''
    group by all

)

select spelled.*
from spelled
left anti join countries on spelled.spelling = countries.spelling
