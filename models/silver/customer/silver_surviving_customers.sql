with

customers as (

    select * from {{ ref('silver_customers') }}

),

customer_ids as (

    select * from {{ ref('silver_customer_ids') }}

),

merges as (

    select * from {{ ref('silver_profile_closures') }}
    where merged_into is not null

),

ids as (

    select
        customer_id,
        struct(merged_into is null, coalesce(int(is_closed), 2), customer_id) as place,
        greatest(customers.loaded_at, customer_ids.loaded_at) as loaded_at
    from customer_ids
    full outer join customers using (customer_id)
    union
    select
        merged_into,
        struct(true, 2, merged_into),
        loaded_at
    from merges

),

-- to the warehouse and to Power BI, ids that differ in case alone are one: the one with a profile,
-- an open one; which one that is may change, so the first has its row as well
spellings as (

    select distinct
        customer_id,
        nullif(min_by(customer_id, place) over same, customer_id) as first_spelling,
        max(loaded_at) over same as loaded_at
    from ids
    window same as (partition by lower(customer_id))
    qualify min(customer_id) over same <> max(customer_id) over same

),

-- who was merged once and is open again stands for itself, so that its orders are told so
steps_0 as (

    select
        customer_id,
        coalesce(spellings.first_spelling, customers.merged_into, customer_id) as current_id,
        customer_id as smallest_id,
        greatest(customers.loaded_at, spellings.loaded_at) as loaded_at
    from customers
    full outer join spellings using (customer_id)
    where
        customers.merged_into is not null or spellings.customer_id is not null
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
