with

contacts as (

    select * from {{ ref('marketing_contacts') }}

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
    from contacts

)

select * from chosen
