"""How values change their type, as DuckDB macros (Microsoft Learn, "Data Types", "Casting data").

`as_<type>` makes a value of a text, or null. `must` is CAST: where the text is there and the value is not, the job
stops. `json_<type>` and `try_json_<type>` are CAST and TRY_CAST of a field's JSON text; a record or an array becomes
its JSON, a time with an offset becomes UTC, a number with a fraction loses it on the way to bigint.
"""

_NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
_PLAIN_NUMBER = r"\s*[-+]?[0-9]+(\.[0-9]*)?\s*"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[-+](0[0-9]|1[0-4]):?[0-9]{2})?"
_WITHOUT_SECONDS = "([T ][0-9]{2}:[0-9]{2})(Z|[-+]|$)"

MACROS = rf"""
set timezone = 'UTC';
create macro json_scalar(j) as case when j is null or j = 'null' then null when j[1] = '"' then j ->> '$' else j end;
create macro must(t, v, kind) as
    case when t is null or v is not null then v else error('cannot cast ' || t || ' to ' || kind) end;

create macro as_nvarchar(t) as t;
create macro as_float(t) as
    case when regexp_full_match(t, '{_NUMBER}') and isfinite(try_cast(t as double)) then try_cast(t as double) end;
create macro as_bigint(t) as case
    when regexp_full_match(t, '{_PLAIN_NUMBER}') then try_cast(regexp_extract(t, '[-+]?[0-9]+') as bigint)
    else try_cast(trunc(as_float(t)) as bigint) end;
create macro as_utc(t) as
    cast(try_cast(regexp_replace(t, '{_WITHOUT_SECONDS}', '\1:00\2') as timestamptz) as timestamp);
create macro as_datetime(t) as case
    when regexp_full_match(t, '{_DAY}([T ]{_TIME})?')
    and as_utc(t) between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999' then as_utc(t) end;
create macro as_bit(t) as case when lower(t) in ('true', '1') then true when lower(t) in ('false', '0') then false end;

create macro try_json_nvarchar(j) as json_scalar(j);
create macro try_json_float(j) as as_float(json_scalar(j));
create macro try_json_bigint(j) as as_bigint(json_scalar(j));
create macro try_json_datetime(j) as as_datetime(json_scalar(j));
create macro try_json_bit(j) as as_bit(json_scalar(j));
create macro json_nvarchar(j) as json_scalar(j);
create macro json_float(j) as must(json_scalar(j), try_json_float(j), 'float');
create macro json_bigint(j) as must(json_scalar(j), try_json_bigint(j), 'bigint');
create macro json_datetime(j) as must(json_scalar(j), try_json_datetime(j), 'datetime');
create macro json_bit(j) as must(json_scalar(j), try_json_bit(j), 'bit');

create macro asa_substring(t, first, size) as
    case when size < 0 then error('SUBSTRING with a length below 0')
    else substring(t, greatest(first, 1), greatest(size + least(first - 1, 0), 0)) end;
"""
