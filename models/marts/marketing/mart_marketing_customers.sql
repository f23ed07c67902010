with

contacts as (

    select * from {{ ref('marketing_contacts') }}

),

-- to the pool's collation, ids that differ in case alone are one
numbered as (

    select
        *,
        row_number() over (
            partition by customer_id order by is_known desc, is_contactable asc
        ) as spelling
    from contacts

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
    from numbered
    where spelling = 1

)

select * from chosen
