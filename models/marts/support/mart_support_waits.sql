with

waits as (

    select * from {{ ref('fct_ticket_waits') }}

),

chosen as (

    select
        ticket_id,
        status,
        stay_count,
        hours
    from waits

)

select * from chosen
