with

checked_events as (

    select * from {{ ref('silver_finance_checked') }}
    where
        event_type = 'finance.invoice.written_off.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(invoice_written_off.invoice_id) as invoice_id,
        customer_id,

        -- facts
        invoice_written_off.reason,
        currency,
        invoice_written_off.amount,
        {{ to_eur('invoice_written_off.amount') }} as amount_eur,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
