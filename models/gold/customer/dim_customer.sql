with

customers as (

    select * from {{ ref('silver_customers') }}

),

survivors as (

    select * from {{ ref('silver_surviving_customers') }}

),

customer_ids as (

    select * from {{ ref('silver_customer_ids') }}

),

-- facts may name a customer whose profile never came, or not yet
everyone as (

    select customer_id from customer_ids
    union
    select customer_id from customers
    union
    select current_customer_id from survivors

),

joined as (

    select
        -- ids
        everyone.customer_id,
        customers.merged_into,
        coalesce(survivors.current_customer_id, everyone.customer_id) as current_customer_id,

        -- profile
        customers.first_name,
        customers.last_name,
        customers.email,
        customers.phone,
        customers.birth_date,
        customers.city,
        customers.country_code,
        customers.segment,
        coalesce(customers.has_marketing_consent, false) as has_marketing_consent,
        coalesce(customers.is_closed, false) as is_closed,
        customers.customer_id is not null as is_known,

        -- timestamps
        customers.updated_at,
        customers.loaded_at
    from everyone
    left join customers on everyone.customer_id = customers.customer_id
    left join survivors on everyone.customer_id = survivors.customer_id

)

select * from joined
