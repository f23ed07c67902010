-- history is made of all events, dim_customer by incremental builds: both end in the same state
with

histories as (

    select * from {{ ref('dim_customer_history') }}
    where is_current

),

customers as (

    select * from {{ ref('dim_customer') }}
    where is_known

)

select
    customer_id,
    histories.event_key
from histories
full outer join customers using (customer_id)
where not (
    struct(
        histories.valid_from,
        histories.merged_into,
        histories.city,
        histories.country_code,
        histories.segment,
        histories.has_marketing_consent,
        histories.is_closed
    ) <=> struct(
        customers.updated_at,
        customers.merged_into,
        customers.city,
        customers.country_code,
        customers.segment,
        customers.has_marketing_consent,
        customers.is_closed
    )
)
