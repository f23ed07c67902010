with recursive

customers as (

    select * from {{ ref('silver_customers') }}

),

merges as (

    select
        customer_id,
        merged_into
    from customers
    where merged_into is not null

),

-- nobody knows how long a chain gets; a step back to a customer of its path ends it
chains as (

    select
        customer_id,
        merged_into as next_customer_id,
        array(customer_id) as path
    from merges
    union all
    select
        chains.customer_id,
        merges.merged_into as next_customer_id,
        array_append(chains.path, chains.next_customer_id) as path
    from chains
    inner join merges on chains.next_customer_id = merges.customer_id
    where not array_contains(chains.path, chains.next_customer_id)

),

whole_chains as (

    select * from chains
    qualify row_number() over (
        partition by customer_id order by size(path) desc
    ) = 1

),

-- of a circle the smallest id survives, so that all of its members agree
survivors as (

    select
        customer_id,
        case
            when array_contains(path, next_customer_id)
                then array_min(
                    slice(path, array_position(path, next_customer_id), size(path))
                )
            else next_customer_id
        end as current_customer_id
    from whole_chains

)

select * from survivors
