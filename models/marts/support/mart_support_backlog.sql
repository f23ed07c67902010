with

backlog as (

    select * from {{ ref('fct_ticket_backlog') }}

),

chosen as (

    select
        date_day,
        priority,
        opened_count,
        closed_count,
        open_count
    from backlog

)

select * from chosen
