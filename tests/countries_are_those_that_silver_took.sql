-- a spelling of a country was added or edited: take it in with
-- dbt build --select silver_profile_updates+ --full-refresh
with

events as (

    select * from {{ ref('silver_customer_checked') }}

),

updates as (

    select * from {{ ref('silver_profile_updates') }}

),

countries as (

    select * from {{ ref('countries') }}

),

spelled as (

    select
        updates.country_code as taken_as,
        lower(trim(events.profile_updated.address.country)) as spelling
    from updates
    inner join events on updates.event_key = events.event_key
    where events.is_accepted

),

spellings as (

    select distinct * from spelled

)

select
    spellings.spelling,
    spellings.taken_as,
    countries.country_code as country_now
from spellings
left join countries on spellings.spelling = countries.spelling
where spellings.taken_as is distinct from countries.country_code
