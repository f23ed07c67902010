{#- What makes an event implausible, said once for all departments; each silver_*_checked model reads its own from here.

    described   who the event is, what it says and which document it reports
    priced      the rate of its currency on its day
    faults      branches of a CASE: why the event makes no sense by itself
    identified  which events are copies, and which claim what another event holds already

    An event is its source and its id (CloudEvents 1.0.2, "id"). Of two events that claim the same, the first to arrive
    holds it; an event that is set aside for a fault of its own holds nothing. docs/decisions.md has the reasons. -#}

{#- The named fields of whichever payload an event has, as one value; null where it has none of them. -#}
{% macro of_any_payload(department, fields) -%}
    {%- set found = [] -%}
    {%- for event_type in types_of(department) -%}
        {%- for field in fields if field in contracts()[event_type] -%}
            {%- do found.append(payload_column(event_type) ~ '.' ~ field) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if found -%}
        coalesce({{ found | join(', ') }})
    {%- else -%}
        cast(null as {{ 'decimal(19, 4)' if 'amount' in fields else 'string' }})
    {%- endif -%}
{%- endmacro %}


{% macro described(department, cte) -%}
    select
        * except (customer_id, occurred_at),
        trim(customer_id) as customer_id,
        -- a clock a little ahead is taken back to the arrival, so that no day "as of" is later than what arrived
        least(occurred_at, enqueued_at) as occurred_at,
        occurred_at as claimed_at,
        -- sources number the events of each department apart
        md5(concat_ws('|', '{{ department }}', event_source, event_id)) as event_key,
        md5(to_json(struct(
            event_type, customer_id, string(occurred_at) as claimed_at,
            {{ payload_columns(department) }},
            if({{ has_no_payload(department) }}, payload, null) as payload
        ))) as content_hash,
        {{ document_key(department) }} as document_key,
        {{ document_hash(department) }} as document_hash,
        upper({{ of_any_payload(department, ['currency']) }}) as currency,
        {{ of_any_payload(department, ['amount', 'cost', 'goodwill']) }} as amount
    from {{ cte }}
{%- endmacro %}


{% macro payload_columns(department) -%}
    {%- for event_type in types_of(department) -%}
        {{ payload_column(event_type) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{% macro has_no_payload(department) -%}
    {%- for event_type in types_of(department) -%}
        {{ payload_column(event_type) }} is null{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Kind and number of the document that an event reports, without case and outer blanks, by which the warehouse tells no two
    numbers apart; null where it reports none. -#}
{% macro document_key(department) -%}
    {%- set branches = [] -%}
    {%- for event_type in types_of(department) if event_type in documents() -%}
        {%- set column = payload_column(event_type) -%}
        {%- set number = [] -%}
        {%- for field in documents()[event_type].number -%}
            {%- do number.append('lower(trim(' ~ column ~ '.' ~ field ~ '))') -%}
        {%- endfor -%}
        {%- set key = "concat('" ~ column ~ ":', " ~ number | join(", ':', ") ~ ')' -%}
        {%- do branches.append('when ' ~ column ~ ' is not null then ' ~ key) -%}
    {%- endfor -%}
    {%- if branches %}case {{ branches | join(' ') }} end{% else %}cast(null as string){% endif -%}
{%- endmacro %}


{#- What two reports of one document must agree in. -#}
{% macro document_hash(department) -%}
    {%- set claims = [] -%}
    {%- for event_type in types_of(department) if event_type in documents() -%}
        {%- set column = payload_column(event_type) -%}
        {%- for field in documents()[event_type].claims -%}
            {%- set claim = column ~ '.' ~ field -%}
            {%- set claim = 'lower(trim(' ~ claim ~ '))' if contracts()[event_type][field] == 'string' else claim -%}
            {%- do claims.append(claim ~ ' as ' ~ column ~ '_' ~ field) -%}
        {%- endfor -%}
    {%- endfor -%}
    md5(to_json(struct(
            lower(trim(customer_id)) as customer_id,
            upper({{ of_any_payload(department, ['currency']) }}) as currency
            {%- for claim in claims %},
            {{ claim }}
            {%- endfor %}
        )))
{%- endmacro %}


{#- The rate that holds on the day of an event, and whether its currency is one of ISO 4217. -#}
{% macro priced(cte, currencies, exchange_rates) -%}
    select
        {{ cte }}.*,
        rates.rate_to_eur,
        {{ currencies }}.currency is not null as has_known_currency
    from {{ cte }}
    left join {{ currencies }} on {{ cte }}.currency = {{ currencies }}.currency
    left join (
        select
            *,
            lead(valid_from) over (partition by currency order by valid_from) as valid_to
        from {{ exchange_rates }}
    ) as rates
        on
            {{ cte }}.currency = rates.currency
            and cast({{ cte }}.occurred_at as date) >= rates.valid_from
            and cast({{ cte }}.occurred_at as date) < coalesce(rates.valid_to, date '9999-12-31')
{%- endmacro %}


{#- The first that holds is the reason. Branches of a CASE over the columns of `described`. -#}
{% macro faults_of_any(department) -%}
    when {{ has_no_payload(department) }} then 'no model reads this type'
            when coalesce(trim(event_id), '') = '' then 'event_id is missing'
            when coalesce(trim(customer_id), '') = '' then 'customer_id is missing'
            when greatest(length(event_id), length(customer_id)) > {{ longest('event_id') }} then 'an id is too long'
            when claimed_at is null then 'occurred_at is missing'
            when claimed_at > enqueued_at + make_interval(0, 0, 0, 0, 0, {{ var('clock_tolerance_minutes') }})
                then 'later than its arrival'
            when claimed_at < timestamp '{{ var("first_day") }}' then 'before the first plausible day'
            {%- for event_type in types_of(department) %}
            {{ faults_of_contract(event_type) }}
            {%- endfor %}
{%- endmacro %}


{% macro faults_of_contract(event_type) -%}
    {%- set column = payload_column(event_type) -%}
    {%- for field in required_fields().get(event_type, []) %}
            when {{ column }} is not null and {{ is_missing(column ~ '.' ~ field, contracts()[event_type][field]) }}
                then '{{ field }} is missing'
    {%- endfor -%}
    {%- for field, type in contracts()[event_type].items() if type == 'string' %}
            when length({{ column }}.{{ field }}) > {{ longest(field) }} then '{{ field }} is too long'
    {%- endfor -%}
    {%- for field, values in meanings().get(event_type, {}).items() %}
            when {{ column }}.{{ field }} not in ({{ quoted(values) }}) then '{{ field }} has no meaning'
    {%- endfor -%}
{%- endmacro %}


{#- Characters that a column of the warehouse has for it. -#}
{% macro longest(field) -%}
    {{ 256 if field.endswith('_id') or field == 'merged_into' else 1024 }}
{%- endmacro %}


{% macro is_missing(field, type) -%}
    {%- if type.startswith('array') -%}
        coalesce(size({{ field }}), 0) < 1
    {%- elif type == 'string' -%}
        coalesce(trim({{ field }}), '') = ''
    {%- else -%}
        {{ field }} is null
    {%- endif -%}
{%- endmacro %}


{#- Literals of a list: texts in quotes, numbers as they are. -#}
{% macro quoted(values) -%}
    {%- for value in values -%}
        {{ "'" ~ value ~ "'" if value is string else value }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Money has a currency with a rate, is not negative and stays below what a sum in euros can hold. Without `also_of_nothing`
    what costs nothing needs no rate. -#}
{% macro faults_of_money(also_of_nothing=true) -%}
    when currency is not null and not has_known_currency then 'unknown currency'
            when currency is not null and rate_to_eur is null
                {%- if not also_of_nothing %} and coalesce(amount, 0) <> 0{% endif %} then 'no exchange rate for its day'
            when amount < 0 then 'negative amount'
            when amount >= {{ amount_limit() }} or amount * rate_to_eur >= {{ amount_limit() }}
                then 'amount is too large'
{%- endmacro %}


{#- The lines of a document, with the fields that none may lack and the amounts that none may have below nothing. -#}
{% macro faults_of_lines(lines, fields, amounts) -%}
    when
                exists(
                    {{ lines }},
                    line -> coalesce(trim(string(line.{{ fields | join(")), '') = '' or coalesce(trim(string(line.") }})), '') = ''
                )
                then 'a line lacks a field'
            when exists({{ lines }}, line -> line.quantity not between 1 and 1000000)
                then 'quantity has no meaning'
            when exists({{ lines }}, line -> least(line.{{ amounts | join(', line.') }}, 0) < 0)
                then 'negative amount'
            when size(array_distinct({{ lines }}.line_number)) < size({{ lines }})
                then 'line number used twice'
{%- endmacro %}


{#- What only the lines of an order have: a price, a discount of at most all of it, a tax, and names. -#}
{% macro faults_of_order_lines(lines) -%}
    when exists({{ lines }}, line -> greatest(line.quantity * line.unit_price, line.tax) >= {{ amount_limit() }})
                then 'amount is too large'
            when exists({{ lines }}, line -> line.discount > line.quantity * line.unit_price + 0.005)
                then 'discount is larger than its line'
            when exists({{ lines }}, line -> length(line.product_id) > {{ longest('product_id') }})
                then 'product_id is too long'
            when
                exists({{ lines }}, line -> greatest(length(line.product_name), length(line.category)) > {{ longest('name') }})
                then 'a name of a line is too long'
{%- endmacro %}


{#- Whether an amount is more than half a cent off what its lines add up to; not where there is no document. -#}
{% macro is_not_its_sum(amount, total) -%}
    coalesce(abs({{ amount }} - {{ total }}) > 0.005, {{ amount }} is not null)
{%- endmacro %}


{#- An amount has at most twelve digits before its point, as in ingestion's contracts. -#}
{% macro amount_limit() -%}
    1000000000000
{%- endmacro %}


{#- CTEs behind `judged`, up to `ruled`: one row an event of the batch with is_copy and its final reason. -#}
{% macro identified(judged) -%}
    {%- set arrival = 'is_new, enqueued_at, partition_id, sequence_number' -%}
    claims as (

    select {{ claim_columns() }}, true as is_new
    from {{ judged }}
    {%- if is_incremental() %}
    union all
    select {{ claim_columns() }}, false as is_new
    from {{ this }}
    where
        not is_copy
        and (
            event_key in (select event_key from {{ judged }})
            or document_key in (select document_key from {{ judged }} where document_key is not null)
        )
    {%- endif %}

),

compared as (

    select
        *,
        -- what came second is sound by itself
        coalesce(reject_reason not in ('number claimed twice', 'reported before'), false) as is_faulty,
        reject_reason is not null and {{ kind_of_reject('reject_reason') }} = 'reject' as is_implausible
    from claims

),

-- what was set aside may come again, word for word, when it is plausible
repeated as (

    select
        *,
        row_number() over (
            partition by event_key, content_hash, is_implausible order by {{ arrival }}
        ) > 1 as is_copy
    from compared

),

held as (

    select
        *,
        not is_copy and not is_faulty and row_number() over (
            partition by event_key, is_copy or is_faulty order by {{ arrival }}
        ) > 1 as is_other_event
    from repeated

),

ruled as (

    select
        partition_id,
        sequence_number,
        is_copy,
        case
            when is_copy then null
            when is_faulty then reject_reason
            when is_other_event then 'id used for two events'
            when document_hash <> first_value(document_hash) over reports then 'number claimed twice'
            when row_number() over reports > 1 then 'reported before'
        end as reject_reason
    from held
    window reports as (
        partition by coalesce(document_key, event_key), is_copy or is_faulty or is_other_event
        order by {{ arrival }}
    )
    qualify is_new

)
{%- endmacro %}


{% macro claim_columns() -%}
    partition_id, sequence_number, enqueued_at, event_key, content_hash, document_key, document_hash, reject_reason
{%- endmacro %}


{#- The events of a batch with their rulings; what is set aside has a reason, a copy has none. -#}
{% macro checked(judged, ruled) -%}
    select
        {{ judged }}.* except (reject_reason),
        {{ ruled }}.is_copy,
        {{ ruled }}.reject_reason,
        not {{ ruled }}.is_copy and {{ ruled }}.reject_reason is null as is_accepted
    from {{ judged }}
    inner join {{ ruled }}
        on
            {{ judged }}.partition_id = {{ ruled }}.partition_id
            and {{ judged }}.sequence_number = {{ ruled }}.sequence_number
{%- endmacro %}


{#- A condition: loaded to bronze since this model's last row. A build of bronze loads a department's rows at one moment,
    so that a row is either seen whole with its build or not at all. Always true in a full build. -#}
{% macro is_newly_loaded() -%}
    {{ 'loaded_at > ' ~ news_since(hours=0) if is_incremental() else 'true' }}
{%- endmacro %}
