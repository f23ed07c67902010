with

checked_events as (

    select * from {{ ref('silver_support_checked') }}
    where
        event_type = 'support.survey.answered.v1'
        and is_accepted
        {{ and_recently_loaded() }}

),

renamed as (

    select
        -- ids
        event_key,
        event_id,
        trim(survey_answered.survey_id) as survey_id,
        trim(survey_answered.ticket_id) as ticket_id,
        customer_id,

        -- facts
        survey_answered.score,

        -- timestamps
        occurred_at,
        enqueued_at,
        loaded_at
    from checked_events

)

select * from renamed
