with

raw_events as (

    select * from {{ source('raw', 'raw_quarantine') }}

),

unseen as (

    {{ unseen_events('raw_events') }}

),

stamped as (

    select
        *,
        cast(enqueued_at as date) as ingested_on,
        current_timestamp() as loaded_at
    from unseen

)

select * from stamped
