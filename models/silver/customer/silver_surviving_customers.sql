with

customers as (

    select * from {{ ref('silver_customers') }}

),

steps_0 as (

    select
        customer_id,
        merged_into as current_id,
        customer_id as smallest_id
    from customers
    where merged_into is not null

),

-- a chain is followed twice as far at each of 16 steps, 32,768 merges in the end
{{ followed('steps_0', 16) }},

-- who still stands at a merged customer is in a circle or leads into one:
-- its smallest id survives, so that all of its members agree
survivors as (

    select
        customer_id,
        coalesce(smallest_id_ahead, current_id) as current_customer_id
    from followed

)

select * from survivors
