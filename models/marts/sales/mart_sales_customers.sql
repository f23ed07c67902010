with

customers as (

    select * from {{ ref('dim_customer') }}

),

spelled_once as (

    {{ one_spelling('customers', 'customer_id', first='is_known desc, updated_at desc') }}

),

chosen as (

    select
        customer_id,
        country_code,
        segment,
        is_closed
    from spelled_once

)

select * from chosen
