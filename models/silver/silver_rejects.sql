with

customer_checked as (

    select * from {{ ref('silver_customer_checked') }}
    where reject_reason is not null {{ and_recently_loaded() }}

),

sales_checked as (

    select * from {{ ref('silver_sales_checked') }}
    where reject_reason is not null {{ and_recently_loaded() }}

),

marketing_checked as (

    select * from {{ ref('silver_marketing_checked') }}
    where reject_reason is not null {{ and_recently_loaded() }}

),

support_checked as (

    select * from {{ ref('silver_support_checked') }}
    where reject_reason is not null {{ and_recently_loaded() }}

),

finance_checked as (

    select * from {{ ref('silver_finance_checked') }}
    where reject_reason is not null {{ and_recently_loaded() }}

),

rejects as (

    select
        'customer' as department,
        event_id,
        event_type,
        customer_id,
        payload,
        reject_reason,
        occurred_at,
        enqueued_at,
        sequence_number,
        loaded_at
    from customer_checked

    union all

    select
        'sales' as department,
        event_id,
        event_type,
        customer_id,
        payload,
        reject_reason,
        occurred_at,
        enqueued_at,
        sequence_number,
        loaded_at
    from sales_checked

    union all

    select
        'marketing' as department,
        event_id,
        event_type,
        customer_id,
        payload,
        reject_reason,
        occurred_at,
        enqueued_at,
        sequence_number,
        loaded_at
    from marketing_checked

    union all

    select
        'support' as department,
        event_id,
        event_type,
        customer_id,
        payload,
        reject_reason,
        occurred_at,
        enqueued_at,
        sequence_number,
        loaded_at
    from support_checked

    union all

    select
        'finance' as department,
        event_id,
        event_type,
        customer_id,
        payload,
        reject_reason,
        occurred_at,
        enqueued_at,
        sequence_number,
        loaded_at
    from finance_checked

),

first_copies as (

    select * from rejects
    qualify row_number() over (
        partition by event_id order by enqueued_at, sequence_number
    ) = 1

)

select * from first_copies
