"""JSON in expressions, with the value or the error that a dedicated pool gives.

Source: Microsoft Learn, "JSON path expressions", JSON_VALUE, JSON_QUERY, JSON_MODIFY, ISJSON.
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Error, Pool, check

TABLE: list[tuple[str, Any]] = [
    ("JSON_VALUE('{\"a\":{\"b\":[1,2]}}', '$.a.b[1]')", "2"),
    ("JSON_VALUE('{\"a\":1.50}', '$.a')", "1.50"),
    ("JSON_VALUE('{\"a\":true}', '$.a')", "true"),
    ("JSON_VALUE('{\"a\":[1]}', '$.a')", None),
    ("JSON_VALUE('{\"A\":1}', '$.a')", None),
    ("JSON_VALUE('{\"a b\":1}', '$.\"a b\"')", "1"),
    ("JSON_VALUE('{\"a\":1}', 'strict $.x')", Error(13608)),
    ("JSON_VALUE('{\"a\":[1]}', 'strict $.a')", Error(13623)),
    ("JSON_VALUE('x', '$.a')", Error(13609)),
    ("JSON_VALUE('{}', 'a')", Error(13607)),
    ("JSON_QUERY('{\"a\":1}', 'strict $.a')", Error(13624)),
    ("JSON_QUERY('{\"a\": 1}')", '{"a": 1}'),
    ("JSON_MODIFY('{\"a\":1}', '$.a', NULL)", "{}"),
    ("JSON_MODIFY('{\"a\":1}', 'strict $.a', NULL)", '{"a":null}'),
    ("JSON_MODIFY('{\"a\":1}', 'strict $.b', 2)", Error(13608)),
    ("JSON_MODIFY('{\"a\":[1]}', 'append $.a', 2)", '{"a":[1,2]}'),
    ("JSON_MODIFY('{\"a\":[1]}', '$.a[0]', 'x')", '{"a":["x"]}'),
    ("JSON_MODIFY('{\"a\":1}', '$.b', JSON_QUERY('[1]'))", '{"a":1,"b":[1]}'),
    ("JSON_QUERY('{ \"a\" : { \"b\" : [ 1,  2 ] } }', '$.a')", '{ "b" : [ 1,  2 ] }'),
    ("JSON_QUERY('[\"s\", {\"x\" : 1.50}]', '$[1]')", '{"x" : 1.50}'),
    ("JSON_MODIFY('{ \"a\" : 1, \"b\" : [ 1, 2 ] }', '$.a', 2)", '{ "a" : 2, "b" : [ 1, 2 ] }'),
    ("JSON_MODIFY('{ \"a\" : 1, \"b\" : 2 }', '$.a', NULL)", '{ "b" : 2 }'),
    ("JSON_MODIFY('{ \"a\" : 1, \"b\" : 2 }', '$.b', NULL)", '{ "a" : 1 }'),
    ("JSON_MODIFY('{}', '$.a', 1)", '{"a":1}'),
    ("JSON_MODIFY('{ \"a\" : [ 1, 2 ] }', 'append $.a', 'z')", '{ "a" : [ 1, 2,"z" ] }'),
    ("JSON_MODIFY('{}', 'append $.a', 1)", '{"a":[1]}'),
    ("JSON_MODIFY('{\"a\":1}', '$.b', JSON_QUERY('[1, 2]'))", '{"a":1,"b":[1, 2]}'),
    ("JSON_MODIFY('{\"a\":[1]}', '$.a[5]', 7)", '{"a":[1]}'),
    ("ISJSON(NULL)", None),
    ("ISJSON('[1,]')", 0),
    ("ISJSON('[NaN]')", 0),
    ("JSON_VALUE('{}', p) FROM (SELECT 'a' p) q", Error(13607)),
    ("STR(1, 9000)", None),
    ("LEN(REPLICATE('ab', 2147483647))", 8000),
    ("REPLICATE('ab', CAST(NULL AS int))", None),
    ("SELECT GROUPING(name) FROM sys.schemas", Error(8161)),
    ("JSON_VALUE('{\"a\":1,\"a\":2}', '$.a')", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wanted"), TABLE)
def test_an_expression_over_json_gives_what_a_pool_gives(pool: Pool, expression: str, wanted: Any) -> None:
    check(pool, expression, wanted)
