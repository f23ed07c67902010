"""How values change their type, as DuckDB macros (Microsoft Learn, "Data Types", "Casting data").

`as_<type>` makes a value of a text, or null. `must` is CAST: where the text is there and the value is not, the job
stops. `try_json_<type>` and `json_<type>` are TRY_CAST and CAST of a value's JSON text. A time with an offset becomes
UTC, a number with a fraction loses it on the way to bigint, any number but 0 is bit 1. `as_key` is one text for all
spellings of a value, to group and to join by. No page documents a record or an array as nvarchar(max): CAST stops the
job, TRY_CAST gives null.
"""

_NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
_PLAIN_NUMBER = r"\s*[-+]?[0-9]+(\.[0-9]*)?\s*"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "([Zz]|[-+](?:0[0-9]|1[0-4])(?::?[0-9]{2})?)?"
_HOUR, _TWO, _FRACTION = "([01][0-9]|2[0-3])", "([0-9]{2})", "([.,][0-9]+)"
_EXTENDED = f"([0-9]{{4}})-{_TWO}-{_TWO}[Tt ]{_HOUR}(?::{_TWO}(?::{_TWO}{_FRACTION}?)?)?{_ZONE}"
_BASIC = f"([0-9]{{4}}){_TWO}{_TWO}[Tt]{_HOUR}(?:{_TWO}(?:{_TWO}{_FRACTION}?)?)?{_ZONE}"
_SPACE = r"[\s\x{0085}\x{00a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+"

MACROS = rf"""
set timezone = 'UTC';
create macro is_text(j) as j[1] = '"';
create macro is_nested(j) as j[1] in ('{{', '[');
create macro is_integer(j) as regexp_full_match(j, '-?[0-9]+');
create macro is_number(j) as j[1] in ('-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
create macro json_scalar(j) as case when j[1] = '"' then j ->> '$' when is_nested(j) then null else j end;
create macro must(t, v, kind) as
    case when t is null or v is not null then v else error('cannot cast ' || left(t, 40) || ' to ' || kind) end;
create macro to_bigint(x) as must(cast(x as varchar), try_cast(x as bigint), 'bigint');
create macro in_range(d) as case
    when d between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999' then d
    when d is not null then error('a datetime beyond the years 1 to 9999') end;
create macro in_reach(n, most) as case
    when n between -most and most then n
    when n is not null then error('a datetime beyond the years 1 to 9999') end;
create macro iso(d) as strftime(d, '%Y-%m-%dT%H:%M:%S.%f') || '0Z';
create macro float_text(x) as
    case when x = trunc(x) and abs(x) < 1e15 then cast(cast(x as bigint) as varchar) else cast(x as varchar) end;

create macro as_nvarchar(t) as t;
create macro as_float(t) as
    case when regexp_full_match(t, '{_NUMBER}') and isfinite(try_cast(t as double)) then try_cast(t as double) end;
create macro as_bigint(t) as case
    when regexp_full_match(t, '{_PLAIN_NUMBER}') then try_cast(regexp_extract(t, '[-+]?[0-9]+') as bigint)
    else try_cast(trunc(as_float(t)) as bigint) end;
create macro filled(t) as regexp_replace(t, ':(:|Z|[-+]|$)', ':00\1');
create macro as_utc(t, shape) as cast(try_cast(filled(filled(replace(
    regexp_replace(upper(t), shape, '\1-\2-\3T\4:\5:\6\7\8'), ',', '.'))) as timestamptz) as timestamp);
create macro as_datetime(t) as coalesce(
    case when length(t) in (20, 24, 27) and t[-1] = 'Z' and t[1:4] > '0000'
        then try_strptime(t, ['%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%dT%H:%M:%S.%fZ']) end,
    list_filter([case
        when regexp_full_match(t, '{_DAY}') then cast(try_cast(t as date) as timestamp)
        when regexp_full_match(t, '{_EXTENDED}') then as_utc(t, '{_EXTENDED}')
        when regexp_full_match(t, '{_BASIC}') then as_utc(t, '{_BASIC}') end],
        lambda __d: __d between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999')[1]);
create macro from_parts(t) as must(t, case when length(t) = 24 then as_datetime(t) end, 'datetime');
create macro as_bit(t) as case
    when lower(t) = 'true' then true when lower(t) = 'false' then false else as_float(t) <> 0 end;

create macro moment(j) as case when is_text(j) then as_datetime(j ->> '$') end;
create macro is_moment(j) as case when j is not null then moment(j) is not null end;
create macro truth(j) as case j when 'true' then '1' when 'false' then '0' else json_scalar(j) end;
create macro try_json_nvarchar(j) as json_scalar(j);
create macro try_json_float(j) as as_float(truth(j));
create macro try_json_bigint(j) as as_bigint(truth(j));
create macro try_json_datetime(j) as as_datetime(json_scalar(j));
create macro try_json_bit(j) as as_bit(json_scalar(j));
create macro json_nvarchar(j) as must(j, json_scalar(j), 'nvarchar(max)');
create macro json_float(j) as must(j, try_json_float(j), 'float');
create macro json_bigint(j) as must(j, try_json_bigint(j), 'bigint');
create macro json_datetime(j) as must(j, try_json_datetime(j), 'datetime');
create macro json_bit(j) as must(j, try_json_bit(j), 'bit');

create macro no_number(j) as case when try_json_float(j) is null then j end;
create macro if_numbers(bad, x) as must(bad, case when bad is null then x end, 'float');

create macro not_null(j) as nullif(cast(j as varchar), 'null');
create macro pointer(name) as '/' || replace(replace(name, '~', '~0'), '/', '~1');
create macro member(j, name) as case when j[1] = '{{' then coalesce(
    not_null(json_extract(j, pointer(name))),
    not_null(json_extract(j, pointer(list_filter(json_keys(j), lambda __k: lower(__k) = lower(name))[1])))) end;
create macro element(j, place) as
    case when j[1] = '[' and place >= 0 then not_null(json_extract(j, '$[' || place || ']')) end;
create macro elements(j) as case when j[1] = '[' then list_transform(
    range(cast(json_array_length(j) as bigint)), lambda __i: {{'i': __i, 'v': element(j, __i)}}) end;
create macro properties(j) as case when j[1] = '{{' then list_transform(
    json_keys(j), lambda __k: {{'i': __k, 'v': not_null(json_extract(j, pointer(__k)))}}) end;
create macro type_of(j) as case
    when is_text(j) then 'nvarchar(max)' when j[1] = '{{' then 'record' when j[1] = '[' then 'array'
    when j in ('true', 'false') then 'bit' when is_integer(j) then 'bigint' when j is not null then 'float' end;

create macro number_key(x) as
    case when x = trunc(x) and abs(x) < 1e19 then cast(cast(x as hugeint) as varchar) else cast(x as varchar) end;
create macro as_key(j) as case
    when is_text(j) then case when contains(j, '\') then cast(to_json(j ->> '$') as varchar) else j end
    when is_nested(j) then cast(json(j) as varchar)
    when is_integer(j) then case when j = '-0' then '0' else j end
    when is_number(j) then number_key(try_cast(j as double))
    else j end;
create macro compared(a, b) as case
    when a is null or b is null then null
    when is_integer(a) and is_integer(b) then sign(cast(a as hugeint) - cast(b as hugeint))
    when is_text(a) and is_text(b) then
        case when (a ->> '$') = (b ->> '$') then 0 when (a ->> '$') < (b ->> '$') then -1 else 1 end
    when is_nested(a) or is_nested(b) then case when as_key(a) = as_key(b) then 0 end
    else case
        when try_json_float(a) = try_json_float(b) then 0
        when try_json_float(a) < try_json_float(b) then -1
        when try_json_float(a) > try_json_float(b) then 1 end end;
create macro written(x) as cast(to_json(x) as varchar);
create macro whole(a, b) as is_integer(a) and is_integer(b);
create macro any_add(a, b) as case
    when a is null or b is null then null
    when whole(a, b) then written(cast(a as bigint) + cast(b as bigint))
    when is_text(a) and is_text(b) then written((a ->> '$') || (b ->> '$'))
    else written(json_float(a) + json_float(b)) end;
create macro any_sub(a, b) as case
    when whole(a, b) then written(cast(a as bigint) - cast(b as bigint))
    else written(json_float(a) - json_float(b)) end;
create macro any_mul(a, b) as case
    when whole(a, b) then written(cast(a as bigint) * cast(b as bigint))
    else written(json_float(a) * json_float(b)) end;
create macro any_div(a, b) as case
    when whole(a, b) then written(cast(a as bigint) // cast(b as bigint))
    else written(json_float(a) / nullif(json_float(b), 0)) end;
create macro any_mod(a, b) as case
    when whole(a, b) then written(cast(a as bigint) % cast(b as bigint))
    else written(json_float(a) % nullif(json_float(b), 0)) end;

create macro asa_sqrt(x) as case when x < 0 then error('the square root of a number below 0') else sqrt(x) end;
create macro asa_trim_left(t) as regexp_replace(t, '^{_SPACE}', '');
create macro asa_trim_right(t) as regexp_replace(t, '{_SPACE}$', '');
create macro asa_substring(t, first, size) as
    case when size < 0 then error('a text function with a length below 0')
    else substring(t, greatest(first, 1), greatest(size + least(first - 1, 0), 0)) end;
create macro asa_left(t, size) as asa_substring(t, 1, size);
create macro asa_right(t, size) as
    case when size < 0 then error('a text function with a length below 0') else right(t, size) end;
create macro asa_stuff(t, first, size, new) as case
    when size < 0 then error('a text function with a length below 0')
    when first > length(t) then ''
    else substring(t, 1, greatest(first, 1) - 1) || new || substring(t, greatest(first, 1) + size) end;
create macro asa_charindex(wanted, t, first) as case
    when first <= 1 then instr(t, wanted)
    when instr(substring(t, first), wanted) = 0 then 0
    else instr(substring(t, first), wanted) + first - 1 end;
create macro asa_replicate(t, times) as case when times >= 0 then repeat(t, times) end;
create macro asa_nchar(code) as case when code between 0 and 1114111 then chr(cast(code as integer)) end;
create macro asa_replace(t, old, new) as case when old = '' and new is not null then t else replace(t, old, new) end;
create macro asa_translate(t, old, new) as case
    when length(old) <> length(new) then error('TRANSLATE takes texts of equal length') else translate(t, old, new) end;
create macro round_bigint(x, places) as case
    when places >= 0 then x when places < -18 then 0
    else cast(round(cast(x as hugeint), cast(places as integer)) as bigint) end;
create macro round_float(x, places) as case
    when places > 15 then x when places < -308 then 0.0
    else round(cast(x as double), cast(places as integer)) end;
"""
