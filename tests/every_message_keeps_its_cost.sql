with

messages_sent as (

    select * from {{ ref('silver_messages_sent') }}

),

messages as (

    select * from {{ ref('fct_messages') }}

),

first_sent as (

    select
        message_id,
        min_by(cost, struct(occurred_at, event_key)) as cost
    from messages_sent
    group by message_id

),

compared as (

    select
        message_id,
        first_sent.cost as silver_cost,
        messages.cost as gold_cost
    from first_sent
    full outer join messages using (message_id)

)

select * from compared
where silver_cost is distinct from gold_cost
