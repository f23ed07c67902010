with

customers as (

    select * from {{ ref('dim_customer') }}

),

subscription_changes as (

    select * from {{ ref('silver_subscription_changes') }}

),

-- one column a channel; null for a channel that was never touched; a choice outlives a merge
subscriptions as (

    select
        customers.current_customer_id,
        {{ latest_choice('email') }} as wants_email,
        {{ latest_choice('sms') }} as wants_sms
    from subscription_changes
    inner join customers on subscription_changes.customer_id = customers.customer_id
    group by customers.current_customer_id

),

allowed as (

    select
        customers.*,
        customers.has_marketing_consent and not customers.is_closed
            as is_contactable,
        coalesce(subscriptions.wants_email, true) as wants_email,
        coalesce(subscriptions.wants_sms, true) as wants_sms
    from customers
    left join subscriptions
        on customers.current_customer_id = subscriptions.current_customer_id

),

contacts as (

    select
        customer_id,
        country_code,
        segment,
        has_marketing_consent,
        is_known,
        is_contactable,
        if(is_contactable, first_name, null) as first_name,
        if(is_contactable and wants_email, email, null) as email,
        if(is_contactable and wants_sms, phone, null) as phone
    from allowed

)

select * from contacts
