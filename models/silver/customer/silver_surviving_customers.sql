with

customers as (

    select * from {{ ref('silver_customers') }}

),

merges as (

    select * from {{ ref('silver_profile_closures') }}
    where merged_into is not null

),

-- who was merged once and is open again stands for itself, so that its orders are told so
steps_0 as (

    select
        customer_id,
        coalesce(merged_into, customer_id) as current_id,
        customer_id as smallest_id,
        loaded_at
    from customers
    where
        merged_into is not null
        or customer_id in (select customer_id from merges)

),

-- a chain is followed twice as far at each of 16 steps, 32,768 merges in the end
{{ followed('steps_0', 16) }},

-- who still stands at a merged customer is in a circle or leads into one:
-- its smallest id survives, so that all of its members agree
survivors as (

    select
        customer_id,
        coalesce(smallest_id_ahead, current_id) as current_customer_id,
        loaded_at
    from followed

)

select * from survivors
