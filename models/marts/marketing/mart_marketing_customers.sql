with

customers as (

    select * from {{ ref('dim_customer') }}

),

consented as (

    select
        customer_id,
        country_code,
        segment,
        has_marketing_consent,
        case when has_marketing_consent = 1 then first_name end as first_name,
        case when has_marketing_consent = 1 then email end as email
    from customers

)

select * from consented
