with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.invoice.issued.v1'
        and reject_reason is null
        {{ and_recently_loaded() }}

),

first_copies as (

    select * from checked_events
    qualify row_number() over (
        partition by event_id order by enqueued_at, sequence_number
    ) = 1

),

renamed as (

    select
        -- ids
        event_id,
        invoice_issued.invoice_id,
        invoice_issued.order_id,
        customer_id,

        -- facts
        currency,
        invoice_issued.amount,
        {{ to_eur('invoice_issued.amount') }} as amount_eur,
        rate_to_eur,
        invoice_issued.due_date,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from first_copies

)

select * from renamed
