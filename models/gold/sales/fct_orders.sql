with

orders as (

    select * from {{ ref('silver_orders') }}

),

status_changes as (

    select * from {{ ref('silver_order_status_changes') }}

),

returns as (

    select * from {{ ref('silver_returns') }}

),

placed as (

    select * from orders
    qualify row_number() over (partition by order_id order by occurred_at, event_id) = 1

),

statuses as (

    select
        order_id,
        max_by(status, struct(occurred_at, event_id)) as current_status,
        max(case when status = 'delivered' then occurred_at end) as delivered_at,
        max(status = 'cancelled') as is_cancelled
    from status_changes
    group by order_id

),

-- what was reported twice came back once
first_returns as (

    select * from returns
    qualify row_number() over (partition by return_id order by occurred_at, event_id) = 1

),

returned as (

    select
        placed.order_id,
        sum({{ in_currency_of('placed', 'first_returns') }}) as returned_amount,
        sum(first_returns.amount_eur) as returned_amount_eur
    from first_returns
    inner join placed on first_returns.order_id = placed.order_id
    group by placed.order_id

),

joined as (

    select
        -- ids
        placed.order_id,
        placed.customer_id,

        -- facts
        placed.channel,
        placed.currency,
        placed.line_count,
        placed.amount,
        placed.amount_eur,
        cast(coalesce(returned.returned_amount, 0) as decimal(19, 4)) as returned_amount,
        cast(coalesce(returned.returned_amount_eur, 0) as decimal(19, 4)) as returned_amount_eur,
        coalesce(statuses.current_status, 'placed') as current_status,
        coalesce(statuses.is_cancelled, false) as is_cancelled,

        -- timestamps
        cast(placed.occurred_at as date) as ordered_on,
        placed.occurred_at as ordered_at,
        statuses.delivered_at
    from placed
    left join statuses on placed.order_id = statuses.order_id
    left join returned on placed.order_id = returned.order_id

)

select * from joined
