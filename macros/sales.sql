{#- 1 for the lowest fifth to 5 for the highest; equals score the same, the lower one. -#}
{% macro quintile(column, direction='asc') -%}
    cast(least(5, 1 + floor(5 * percent_rank() over (order by {{ column }} {{ direction }}))) as int)
{%- endmacro %}


{#- Where a status stands in an order's life, for two changes of one moment. -#}
{% macro place_in_life(status) -%}
    array_position(array('confirmed', 'shipped', 'delivered', 'cancelled'), {{ status }})
{%- endmacro %}


{#- Revenue: what was ordered and not cancelled, tax included, before returns. This definition is the only one. -#}
{% macro revenue_eur() -%}
    if(is_cancelled, cast(0 as decimal(19, 4)), amount_eur)
{%- endmacro %}


{#- Kept amount: revenue less what came back. This definition is the only one. -#}
{% macro kept_amount_eur() -%}
    cast(if(is_cancelled, 0, amount_eur - returned_amount_eur) as decimal(19, 4))
{%- endmacro %}


{#- Rows that follow an order, or a line of one, and whether they come of its customer, or of one who was merged with them:
    what another customer says of an order of that number is of an order that is not known. A merge of who wrote them, or of
    who ordered, is news of them. -#}
{% macro of_its_customer(rows, orders, survivors, key='order_id') -%}
    select
        {{ rows }}.* except (loaded_at),
        coalesce(
            coalesce(writers.current_customer_id, {{ rows }}.customer_id)
            = coalesce(buyers.current_customer_id, {{ orders }}.customer_id),
            false
        ) as is_of_its_customer,
        greatest({{ rows }}.loaded_at, writers.loaded_at, buyers.loaded_at) as loaded_at
    from {{ rows }}
    left join {{ orders }} on lower({{ rows }}.{{ key }}) = lower({{ orders }}.{{ key }})
    left join {{ survivors }} as writers on {{ rows }}.customer_id = writers.customer_id
    left join {{ survivors }} as buyers on {{ orders }}.customer_id = buyers.customer_id
{%- endmacro %}


{#- The status that an order's customer gave it last; of changes of one moment the later in an order's life. -#}
{% macro latest_status() -%}
    max_by(
            status,
            if(is_of_its_customer, struct(occurred_at, {{ place_in_life('status') }}, event_key), null)
        )
{%- endmacro %}


{#- The days of sales that an incremental build counts anew: on which an order was placed that has news, or one of a customer
    whose country became known or changed, as the CTE of their profiles tells. -#}
{% macro of_touched_days(profiles) -%}
    {%- if builds_on_what_it_holds() -%}
    {%- set since = news_since() -%}
    where ordered_on in (
        select ordered_on
        from {{ ref('fct_orders') }}
        where
            loaded_at >= {{ since }}
            or lower(customer_id) in (
                select lower(customer_id) as customer_key
                from {{ profiles }}
                group by customer_key
                having
                    max(loaded_at) >= {{ since }}
                    and (min(loaded_at) >= {{ since }} or count(distinct coalesce(country_code, 'ZZ')) > 1)
            )
    )
    {%- endif -%}
{%- endmacro %}
