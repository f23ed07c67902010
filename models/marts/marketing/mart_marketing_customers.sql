with

contacts as (

    select * from {{ ref('marketing_contacts') }}

),

spelled_once as (

    {{ one_spelling('contacts', 'customer_id', first='is_known desc, is_contactable') }}

),

chosen as (

    select
        customer_id,
        country_code,
        segment,
        has_marketing_consent,
        is_contactable,
        first_name,
        email,
        phone
    from spelled_once

)

select * from chosen
