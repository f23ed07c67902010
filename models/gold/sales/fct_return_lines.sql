{%- set of_touched_lines = touched(
    'order_line_id', ['silver_return_lines', 'fct_order_lines'], of_customers=true
) -%}

with

return_lines as (

    select * from {{ ref('silver_return_lines') }} {{ of_touched_lines }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }} {{ of_touched_lines }}

),

survivors as (

    select * from {{ ref('silver_surviving_customers') }}

),

of_lines as (

    {{ of_its_customer('return_lines', 'order_lines', 'survivors', key='order_line_id') }}

),

joined as (

    select
        -- ids
        return_lines.return_line_id,
        return_lines.return_id,
        coalesce(order_lines.order_id, return_lines.order_id) as order_id,
        return_lines.customer_id,
        order_lines.product_id,

        -- facts
        coalesce(return_lines.reason, 'unknown') as reason,
        return_lines.currency,
        return_lines.quantity,
        return_lines.amount,
        return_lines.amount_eur,
        order_lines.quantity as ordered_quantity,

        -- timestamps
        cast(return_lines.occurred_at as date) as returned_on,
        datediff(return_lines.occurred_at, order_lines.ordered_at) as days_to_return,
        greatest(return_lines.loaded_at, order_lines.loaded_at) as loaded_at
    from of_lines as return_lines
    left join order_lines
        on
            return_lines.is_of_its_customer
            and lower(return_lines.order_line_id) = lower(order_lines.order_line_id)

)

select * from joined
