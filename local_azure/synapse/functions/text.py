"""Functions of text. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from dataclasses import replace

from local_azure.synapse import formats
from local_azure.synapse.casts import POOL, cast, quote
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.functions.calls import Call, function, invalid_argument
from local_azure.synapse.patterns import place, plain
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    BIGINT,
    BINARIES,
    FLOAT,
    INT,
    MAX,
    SYSNAME,
    TEMPORAL,
    SqlType,
    datetime2,
    nvarchar,
    varchar,
)  # fmt: skip
from local_azure.synapse.wire_types import storage_size


def _limit(type_: SqlType) -> int:
    return 4000 if type_.is_wide else 8000


def _resized(bound: Typed, length: int) -> SqlType:
    type_ = bound.type or varchar(1)
    name = "nvarchar" if type_.is_wide else "varchar"
    return SqlType(name, length if type_.length != MAX else MAX)


def _same(bound: Typed) -> SqlType:
    return _resized(bound, (bound.type or varchar(1)).length)


@function("LEN", args=(1, 1))
def _len(call: Call) -> Typed:
    """UTF-16 code units, since the collation knows no supplementary characters (Microsoft Learn, LEN)."""
    text = call.text(0)
    type_ = BIGINT if text.type is not None and text.type.length == MAX else INT
    return Typed(f"CAST({POOL}.units(rtrim({text.sql}, ' ')) AS {type_.duckdb})", type_)


@function("DATALENGTH", args=(1, 1))
def _datalength(call: Call) -> Typed:
    bound = call.arg(0)
    if bound.type is None:
        return Typed("CAST(NULL AS INTEGER)", INT)
    type_ = BIGINT if bound.type.length == MAX else INT
    if bound.type.is_string:
        factor = 2 if bound.type.is_wide else 1
        return Typed(f"CAST({factor} * {POOL}.units({bound.sql}) AS {type_.duckdb})", type_)
    size = f"octet_length({bound.sql})" if bound.type.name in BINARIES else str(storage_size(bound.type)[0])
    return Typed(f"CASE WHEN {bound.sql} IS NULL THEN NULL ELSE CAST({size} AS {type_.duckdb}) END", type_)


@function("LEFT", "RIGHT", args=(2, 2))
def _side(call: Call) -> Typed:
    text, count = call.text(0), call.integer(1)
    guard = (
        f"CASE WHEN {count} < 0 THEN error('[[536]]Invalid length parameter passed to the "
        f"{call.node.name} function.') ELSE {count} END"
    )
    length = call.constant(1)
    size = (text.type or varchar(1)).length
    type_ = _resized(text, size if length is None or length < 1 else length if size == MAX else min(size, length))
    size_sql = count if length is not None and length >= 0 else guard
    first = "1" if call.node.name == "LEFT" else f"greatest({POOL}.units({text.sql}) - {size_sql} + 1, 1)"
    return Typed(f"{POOL}.slice({text.sql}, {first}, {size_sql})", type_)


def _at_most(type_: SqlType, call: Call, place: int) -> SqlType:
    """No longer than a constant length, save one that may be of any length."""
    length = call.constant(place) or 0
    return type_ if type_.length == MAX or length < 1 else replace(type_, length=min(type_.length, length))


@function("SUBSTRING", args=(3, 3))
def _substring(call: Call) -> Typed:
    start, count = call.integer(1), call.integer(2)
    bound = call.arg(0)
    binary = bound.type is not None and bound.type.name in BINARIES
    if not binary and (bound.type is None or not bound.type.is_string):
        raise invalid_argument(bound, 1, "substring")
    text = bound if binary else call.text(0)
    guard = (
        f"CASE WHEN {count} < 0 THEN error('[[537]]Invalid length parameter passed to the LEFT or "
        f"SUBSTRING function.') ELSE CAST({start} AS BIGINT) + {count} END"
    )
    end = f"greatest({guard}, 1) - greatest({start}, 1)"
    first, size = f"greatest({start}, 1)", f"greatest({end}, 0)"
    sql = f"{text.sql}[{first}:{first} + {size} - 1]" if binary else f"{POOL}.slice({text.sql}, {first}, {size})"
    type_ = _at_most(SqlType("varbinary", bound.type.length) if binary and bound.type else _same(text), call, 2)
    return Typed(f"CASE WHEN {start} IS NULL OR {count} IS NULL THEN NULL ELSE {sql} END", type_)


@function("UPPER", "LOWER", args=(1, 1))
def _letters(call: Call) -> Typed:
    text = call.text(0)
    # SQL Server has no capital of the letter that DuckDB takes to another one
    sql = f"replace(upper({text.sql}), 'ẞ', 'ß')" if call.node.name == "UPPER" else f"lower({text.sql})"
    return Typed(sql, _same(text), text.nullable)


@function("LTRIM", "RTRIM", args=(1, 1))
@function("TRIM", args=(1, 2))
def _trimmed(call: Call) -> Typed:
    text = call.text(0)
    if len(call.node.args) == 2:
        return Typed(f"trim({text.sql}, {call.text(1).sql})", _same(text), text.nullable)
    return Typed(f"{call.node.name.lower()}({text.sql}, ' ')", _same(text), text.nullable)


@function("REPLACE", args=(3, 3))
def _replace(call: Call) -> Typed:
    """Blind to case, as the collation is."""
    text, old, new = (call.text(i) for i in range(3))
    escaped = f"replace({new.sql}, '\\', '\\\\')"
    sql = f"{POOL}_replace({text.sql}, {old.sql}, {new.sql})"
    if old.constant is not None:
        sql = f"regexp_replace({text.sql}, {quote(plain(old.constant))}, {escaped}, 'gi')" if old.constant else text.sql
    fits = old.constant is not None and new.constant is not None and len(new.constant) <= len(old.constant)
    return Typed(sql, _grown(sql, text, old, new).type) if fits else _grown(sql, text, old, new)


def _grown(sql: str, text: Typed, *others: Typed) -> Typed:
    """What may be longer than the text it is made of: nvarchar if any of them is, and cut at 8,000 bytes."""
    wide = any(t.type is not None and t.type.is_wide for t in (text, *others))
    if text.type is not None and text.type.length == MAX:
        return Typed(sql, SqlType("nvarchar" if wide else "varchar", MAX))
    limit = 4000 if wide else 8000
    return Typed(f"left({sql}, {limit})", SqlType("nvarchar" if wide else "varchar", limit))


@function("REPLICATE", args=(2, 2))
def _replicate(call: Call) -> Typed:
    text = call.text(0)
    limit = _limit(text.type or varchar(1))
    large = text.type is not None and text.type.length == MAX
    count = call.integer(1)
    times = count if large else f"least({count}, {limit})"
    sql = f"CASE WHEN {count} >= 0 THEN repeat(CAST({text.sql} AS VARCHAR), {times}) END"
    if large:
        return Typed(sql, text.type)
    return Typed(f"left({sql}, {limit})", _resized(text, limit))


@function("SPACE", args=(1, 1))
def _space(call: Call) -> Typed:
    """NULL of a negative number."""
    count = call.integer(0)
    return Typed(f"CASE WHEN {count} >= 0 THEN repeat(' ', least({count}, 8000)) END", varchar(8000))


@function("REVERSE", args=(1, 1))
def _reverse(call: Call) -> Typed:
    text = call.text(0)
    return Typed(f"reverse({text.sql})", _same(text))


@function("STUFF", args=(4, 4))
def _stuff(call: Call) -> Typed:
    text, start, count, new = call.text(0), call.integer(1), call.integer(2), call.text(3)
    before = f"{POOL}.slice({text.sql}, 1, {start} - 1)"
    behind = f"{POOL}.slice({text.sql}, CAST({start} AS BIGINT) + {count}, {POOL}.units({text.sql}))"
    test = f"{start} < 1 OR {count} < 0 OR {start} > {POOL}.units({text.sql})"
    sql = f"CASE WHEN {test} THEN NULL ELSE {before} || coalesce({new.sql}, '') || {behind} END"
    return _grown(sql, text, new)


@function("CHARINDEX", args=(2, 3))
def _charindex(call: Call) -> Typed:
    wanted, text = f"lower({call.text(0).sql})", f"lower({call.text(1).sql})"
    start = f"greatest({call.integer(2)}, 1)" if len(call.node.args) == 3 else "1"
    if start != "1":
        text = f"{POOL}.slice({text}, {start}, {POOL}.units({text}))"
    found = f"strpos({text}, {wanted})"
    bound, result = call.arg(1), _place_type(call)
    before = (
        f"{POOL}.units(left({text}, {found} - 1))" if bound.type is not None and bound.type.is_wide else f"{found} - 1"
    )
    place = f"{before} + {start}"
    sql = f"CASE WHEN {wanted} = '' OR {found} = 0 THEN {found} * 0 ELSE {place} END"
    return Typed(f"CAST({sql} AS {result.duckdb})", result)


def _place_type(call: Call) -> SqlType:
    """bigint in what may be of any length ("CHARINDEX", "PATINDEX", return types)."""
    type_ = call.arg(1).type
    return BIGINT if type_ is not None and type_.length == MAX else INT


@function("CONCAT", args=(2, 254))
def _concat(call: Call) -> Typed:
    texts = [call.text(i) for i in range(len(call.node.args))]
    return _joined_text([f"coalesce({t.sql}, '')" for t in texts], texts, "||")


def _joined_text(parts: list[str], texts: list[Typed], operator: str) -> Typed:
    types = [t.type for t in texts if t.type is not None]
    wide = any(t.is_wide for t in types)
    limit = 4000 if wide else 8000
    lengths = [t.length for t in types]
    size = MAX if MAX in lengths else min(sum(lengths), limit)
    sql = f"({f' {operator} '.join(parts)})"
    if size != MAX and sum(lengths) > limit:
        sql = f"left({sql}, {limit})"
    return Typed(sql, SqlType("nvarchar" if wide else "varchar", size), False)


@function("CONCAT_WS", args=(3, 254))
def _concat_ws(call: Call) -> Typed:
    """A separator of NULL is an empty one."""
    texts = [call.text(i) for i in range(len(call.node.args))]
    sql = f"concat_ws(coalesce({texts[0].sql}, ''), {', '.join(t.sql for t in texts[1:])})"
    return _joined_text([sql], [texts[0]] * len(texts) + texts, "")


@function("ASCII", "UNICODE", args=(1, 1))
def _code(call: Call) -> Typed:
    """ASCII by code page 1252, UNICODE by the first unit of UTF-16; NULL of an empty text."""
    text = call.text(0)
    code = f"unicode({text.sql})"
    if call.node.name == "UNICODE":
        code = f"CASE WHEN {code} > 65535 THEN 55296 + ({code} - 65536) // 1024 ELSE {code} END"
    if call.node.name == "ASCII":
        byte = f"{POOL}_bytes_int({POOL}.narrow_bytes(left({text.sql}, 1)), 4)"
        code = f"CASE WHEN {code} < 128 THEN {code} ELSE {byte} END"
    return Typed(f"CAST(CASE WHEN {text.sql} = '' THEN NULL ELSE {code} END AS INTEGER)", INT)


@function("CHAR", "NCHAR", args=(1, 1))
def _character(call: Call) -> Typed:
    """CHAR of code page 1252, NULL beyond it; NCHAR of a code point."""
    code, name = call.constant(0), call.node.name
    if code is not None and 0 < code < 128:
        return Typed(f"chr({code})", SqlType(name.lower(), 1), True, chr(code))
    number = call.integer(0)
    if name == "CHAR":
        return Typed(f"CASE WHEN {number} BETWEEN 0 AND 255 THEN {POOL}_character({number}) END", SqlType("char", 1))
    plain = f"{number} BETWEEN 1 AND 55295 OR {number} BETWEEN 57344 AND 65535"
    return Typed(f"CASE WHEN {plain} THEN chr({number}) END", SqlType("nchar", 1))


_QUOTES = {pair[i]: pair for pair in ("[]", "()", "<>", "{}", "''", '""', "``") for i in (0, 1)}


@function("QUOTENAME", args=(1, 2))
def _quotename(call: Call) -> Typed:
    """In brackets, or in the quotation mark that is asked for; NULL above 128 characters."""
    pair = _QUOTES.get((call.arg(1).constant or "") if len(call.node.args) == 2 else "[")
    if pair is None:
        return Typed("CAST(NULL AS VARCHAR)", nvarchar(258))
    text = call.text(0).sql
    quoted = f"{quote(pair[0])} || replace({text}, {quote(pair[1])}, {quote(pair[1] * 2)}) || {quote(pair[1])}"
    return Typed(f"CASE WHEN length({text}) <= 128 THEN {quoted} END", nvarchar(258))


@function("PATINDEX", args=(2, 2))
def _patindex(call: Call) -> Typed:
    """Where a pattern of LIKE begins; only what is between its outer % is looked for."""
    pattern, text = call.text(0), call.text(1)
    whole = quote(place(pattern.constant)) if pattern.constant is not None else f"{POOL}_place({pattern.sql})"
    found = f"regexp_matches({text.sql}, {whole}, 'si')"
    before = f"regexp_extract({text.sql}, {whole}, 1, 'si')"
    unknown = f"{text.sql} IS NULL OR {pattern.sql} IS NULL"
    sql = f"CASE WHEN {unknown} THEN NULL WHEN {found} THEN {POOL}.units({before}) + 1 ELSE 0 END"
    result = _place_type(call)
    return Typed(f"CAST({sql} AS {result.duckdb})", result)


@function("STR", args=(1, 3))
def _str(call: Call) -> Typed:
    """A float at the right of so many characters, rounded to as many decimals as there is room for; else asterisks."""
    number = call.as_type(0, FLOAT)
    length = call.integer(1) if len(call.node.args) > 1 else "10"
    digits = call.constant(2) if len(call.node.args) > 2 else 0
    if digits is None or digits < 0:
        raise not_local("STR with decimals that are not a constant from 0 on")
    size = call.constant(1) if len(call.node.args) > 1 else 10
    texts = [f"printf('%.{places}f', round({number}, {places}))" for places in range(min(digits, 16), -1, -1)]
    fitting = " ".join(f"WHEN length({text}) <= {length} THEN lpad({text}, {length}, ' ')" for text in texts)
    stars = f"WHEN {number} IS NOT NULL THEN repeat('*', {length})"
    sql = f"CASE WHEN {length} <= 8000 THEN CASE {fitting} {stars} END END"
    return Typed(sql, varchar(min(size or 8000, 8000)))


@function("PARSENAME", args=(2, 2))
def _parsename(call: Call) -> Typed:
    return Typed(f"{POOL}_part_of_name({call.text(0).sql}, {call.integer(1)})", SYSNAME)


@function("STRING_ESCAPE", args=(2, 2))
def _string_escape(call: Call) -> Typed:
    if (call.arg(1).constant or "").lower() != "json":
        raise SqlError(13616, "The value of argument 2 of the STRING_ESCAPE function is not 'json'.")
    text = call.text(0)
    escaped = f"CAST(to_json({text.sql}) AS VARCHAR)"
    return Typed(f"replace(substring({escaped}, 2, length({escaped}) - 2), '/', '\\/')", nvarchar(MAX))


@function("SOUNDEX", args=(1, 1))
def _soundex(call: Call) -> Typed:
    return Typed(f"{POOL}_soundex({call.text(0).sql})", varchar(4))


@function("DIFFERENCE", args=(2, 2))
def _difference(call: Call) -> Typed:
    first, second = (f"{POOL}_soundex({call.text(i).sql})" for i in (0, 1))
    same = " + ".join(f"CAST(({first})[{i}] = ({second})[{i}] AS INTEGER)" for i in range(1, 5))
    return Typed(f"CAST({same} AS INTEGER)", INT)


@function("FORMAT", args=(2, 3))
def _format(call: Call) -> Typed:
    """A number or a moment by a .NET format, in the culture en-US."""
    culture = (call.arg(2).constant or "").lower() if len(call.node.args) == 3 else "en-us"
    pattern, bound = call.arg(1).constant, call.arg(0)
    if bound.type is None or bound.type.name == "bit":
        raise invalid_argument(bound, 1, "format")
    if culture != "en-us" or pattern is None:
        raise not_local("FORMAT in another culture than en-US, or by a format that is not a constant")
    if bound.type.name == "time":
        return Typed(f"{POOL}_format_elapsed((DATE '1900-01-01' + {bound.sql}), {quote(pattern)})", nvarchar(4000))
    if bound.type.name in TEMPORAL:
        if not formats.is_of_moments(pattern):
            return Typed("CAST(NULL AS VARCHAR)", nvarchar(4000))
        formats.check_moment(pattern, offset=bound.type.name == "datetimeoffset")
        return Typed(
            f"{POOL}_format_moment({cast(bound.sql, bound.type, datetime2())}, {quote(pattern)})", nvarchar(4000)
        )
    if not bound.type.is_numeric:
        raise invalid_argument(bound, 1, "format")
    if not formats.is_of_numbers(pattern, bound.type.name):
        return Typed("CAST(NULL AS VARCHAR)", nvarchar(4000))
    formats.check_number(pattern)
    number = _unsigned(bound.sql, bound.type) if formats.is_hexadecimal(pattern) else bound.sql
    return Typed(f"{POOL}_format_number(CAST({number} AS VARCHAR), {quote(pattern)})", nvarchar(4000))


def _unsigned(sql: str, type_: SqlType) -> str:
    """An integer as the two's complement of its type."""
    bits = 8 * storage_size(type_)[0]
    return f"(CAST({sql} AS HUGEINT) + CASE WHEN {sql} < 0 THEN CAST({2**bits} AS HUGEINT) ELSE 0 END)"


@function("TRANSLATE", args=(3, 3))
def _translate(call: Call) -> Typed:
    """Blind to case, as REPLACE is."""
    text, old, new = (call.text(i) for i in range(3))
    failure = (
        "[[9828]]The second and third arguments of the TRANSLATE built-in function must contain an equal number of "
        "characters."
    )
    test = f"length({old.sql}) <> length({new.sql})"
    either = f"lower({old.sql}) || upper({old.sql}), {new.sql} || {new.sql}"
    sql = f"CASE WHEN {test} THEN error({quote(failure)}) ELSE translate({text.sql}, {either}) END"
    return _grown(sql, text, old, new)
