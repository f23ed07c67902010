{%- set touch_types = {'silver_messages_opened': 'open', 'silver_messages_clicked': 'click'} -%}

with

orders as (

    select * from {{ ref('fct_orders') }}
    where not is_cancelled

),

{% for model in touch_types -%}
{{ model }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
customers as (

    select * from {{ ref('dim_customer') }}

),

touches as (

    {% for model, touch_type in touch_types.items() -%}
    select
        event_key,
        customer_id,
        message_id,
        campaign_id,
        '{{ touch_type }}' as touch_type,
        occurred_at as touched_at
    from {{ model }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- whoever was merged since is one customer
touches_of_survivors as (

    select
        touches.*,
        customers.current_customer_id
    from touches
    inner join customers on touches.customer_id = customers.customer_id

),

in_window as (

    select
        -- ids
        orders.order_id,
        orders.customer_id,
        touches.event_key as touch_id,
        touches.message_id,
        touches.campaign_id,

        -- facts
        touches.touch_type,
        orders.revenue_eur as amount_eur,
        {{ hours_between('touches.touched_at', 'orders.ordered_at') }} as hours_to_order,

        -- timestamps
        touches.touched_at,
        orders.ordered_at
    from orders
    inner join touches_of_survivors as touches
        on
            orders.current_customer_id = touches.current_customer_id
            and orders.ordered_at >= touches.touched_at
            and orders.ordered_at <= {{ window_end('touches.touched_at') }}

),

-- of two touches at the same moment the click is the later one
weighed as (

    select
        *,
        row_number() over (
            partition by order_id order by touched_at desc, touch_type asc, touch_id asc
        ) = 1 as is_last_touch,
        row_number() over (
            partition by order_id order by touched_at asc, touch_type desc, touch_id asc
        ) = 1 as is_first_touch,
        1 / count(*) over (partition by order_id) as weight
    from in_window

)

select * from weighed
