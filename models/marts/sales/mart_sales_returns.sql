with

return_lines as (

    select * from {{ ref('fct_return_lines') }}

),

chosen as (

    select
        return_line_id,
        return_id,
        order_id,
        customer_id,
        product_id,
        reason,
        currency,
        quantity,
        amount,
        amount_eur,
        ordered_quantity,
        returned_on,
        days_to_return
    from return_lines

)

select * from chosen
