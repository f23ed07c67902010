"""OPENJSON, by the examples of its page and their neighbours.

Source: Microsoft Learn, "OPENJSON (Transact-SQL)".
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.synapse import documents
from local_azure.synapse.errors import SqlError

from .conftest import Pool

ALL = (
    '{"StringValue":"John","IntValue":45,"TrueValue":true,"FalseValue":false,"NullValue":null,'
    '"ArrayValue":["a","r","r","a","y"],"ObjectValue":{"obj":"ect"},"Spelt":1.50}'
)
ORDERS = (
    '[{"Order":{"Number":"SO43659","Date":"2011-05-31T00:00:00"},"AccountNumber":"AW29825","Item":{"Price":2024.9940,'
    '"Quantity":1}},{"Order":{"Number":"SO43661","Date":"2011-06-01T00:00:00"},"AccountNumber":"AW73565",'
    '"Item":{"Price":2024.9940,"Quantity":3}}]'
)
QUERIES: list[tuple[str, Any]] = [
    (f"SELECT * FROM OPENJSON('{ALL}')", [
        ("StringValue", "John", 1), ("IntValue", "45", 2), ("TrueValue", "true", 3), ("FalseValue", "false", 3),
        ("NullValue", None, 0), ("ArrayValue", '["a","r","r","a","y"]', 4), ("ObjectValue", '{"obj":"ect"}', 5),
        ("Spelt", "1.50", 2),
    ]),
    ("""SELECT [key], value FROM OPENJSON('{"path":{"to":{"sub-object":["en-GB","en-UK"]}}}',
     '$.path.to."sub-object"')""", [("0", "en-GB"), ("1", "en-UK")]),
    (f"""SELECT * FROM OPENJSON('{ORDERS}') WITH (Number varchar(200) '$.Order.Number', Date datetime '$.Order.Date',
     Customer varchar(200) '$.AccountNumber', Quantity int '$.Item.Quantity', Price decimal(9, 3) '$.Item.Price',
     [Order] nvarchar(MAX) AS JSON, [Nothing] int)""", [
        ("SO43659", dt.datetime(2011, 5, 31), "AW29825", 1, 2024.994,
         '{"Number":"SO43659","Date":"2011-05-31T00:00:00"}', None),
        ("SO43661", dt.datetime(2011, 6, 1), "AW73565", 3, 2024.994,
         '{"Number":"SO43661","Date":"2011-06-01T00:00:00"}', None),
    ]),
    ("SELECT value FROM OPENJSON('[1,2,3,4]') AS ids WHERE CAST(value AS int) > 2", [("3",), ("4",)]),
    ("SELECT x FROM OPENJSON('[1.50,\"a\"]') WITH (x varchar(9) '$')", [("1.50",), ("a",)]),
    ("SELECT x FROM OPENJSON('{\"X\":1,\"x\":2}') WITH (x int)", [(2,)]),
    ("""SELECT t.id, j.name FROM (SELECT 1 AS id, '{"l":[{"name":"a"},{"name":"b"}]}' AS d UNION ALL SELECT 2, '{}'
     UNION ALL SELECT 3, NULL) AS t OUTER APPLY OPENJSON(t.d, 'lax $.l') WITH (name varchar(9)) AS j
     ORDER BY t.id, j.name""", [(1, "a"), (1, "b"), (2, None), (3, None)]),
    ("SELECT COUNT(*) FROM (SELECT '[1,2]' AS d UNION ALL SELECT '[3]') AS t CROSS APPLY OPENJSON(t.d) AS j", [(3,)]),
    ("""DECLARE @path nvarchar(9) = '$.a' SELECT value FROM OPENJSON('{"a":[7]}', @path)""", [("7",)]),
    ("SELECT 1 FROM OPENJSON('{\"a\":1}', '$.a')", []),
    ("SELECT 1 FROM OPENJSON('{\"a\":1}', '$.b')", []),
    ("SELECT 1 FROM OPENJSON(CAST(NULL AS nvarchar(9)))", []),
    ("SELECT a FROM OPENJSON('[{\"a\":[1]}]') WITH (a int)", [(None,)]),
    ("SELECT a FROM OPENJSON('[{\"a\":1}]') WITH (a nvarchar(max) AS JSON)", [(None,)]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "answer"), QUERIES)
def test_a_document_gives_its_rows(pool: Pool, query: str, answer: list[tuple[Any, ...]]) -> None:
    found = [tuple(float(v) if type(v).__name__ == "Decimal" else v for v in row) for row in pool(query)]
    assert found == answer


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("SELECT * FROM OPENJSON('{')", 13609),
        ("SELECT * FROM OPENJSON('1')", 13609),
        ("SELECT * FROM OPENJSON('{}', 'strict $.a')", 13608),
        ("SELECT * FROM OPENJSON('{\"a\":1}', 'strict $.a')", 13624),
        ("SELECT * FROM OPENJSON('{}') WITH (a int 'strict $.a')", 13608),
        ("SELECT * FROM OPENJSON('{\"a\":{}}') WITH (a int 'strict $.a')", 13623),
        ("SELECT * FROM OPENJSON('{}') WITH (a int 'a')", 13607),
        ("SELECT * FROM OPENJSON('{}') WITH (a int AS JSON)", 13618),
        ('SELECT * FROM OPENJSON(\'[{"a":"x"}]\') WITH (a int)', 245),
        ("SELECT * FROM OPENJSON('{}', '$', 1)", 174),
        ("SELECT * FROM OPENJSON('{}') WITH ()", 103010),
    ],
)
def test_what_is_no_document_or_no_path_is_told(pool: Pool, query: str, number: int) -> None:
    with pytest.raises(SqlError) as raised:
        pool(query)
    assert raised.value.number == number


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5)
values = st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=3))


@given(st.dictionaries(texts, values, max_size=4))
def test_every_member_is_a_row_that_gives_it_back(document: dict[str, Any]) -> None:
    rows = json.loads(documents.members(json.dumps(document), "$"))
    back = {row["key"]: row["value"] if row["type"] in {0, 1} else json.loads(row["value"]) for row in rows}
    assert back == document
