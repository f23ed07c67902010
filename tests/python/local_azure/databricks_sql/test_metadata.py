"""What clients ask about the catalogue: JDBC's lists by Thrift, and any query over information_schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from databricks.sql.thrift_api.TCLIService import TCLIService, ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocol  # type: ignore[import-untyped]
from thrift.transport.THttpClient import THttpClient  # type: ignore[import-untyped]

from local_azure import settings

from .conftest import Endpoint

pytestmark = [pytest.mark.slow, pytest.mark.client("Thrift, as ODBC and JDBC ask")]


@pytest.fixture(scope="module")
def keyed(endpoint: Endpoint) -> Iterator[None]:
    """Two schemas with tables of one name, and a key from one to the other."""
    with endpoint.connect() as connection, connection.cursor() as cursor:
        for schema in ("meta_a", "meta_b"):
            cursor.execute(f"create schema if not exists lakehouse.{schema}")
            cursor.execute(f"create or replace table lakehouse.{schema}.x (id bigint not null, n decimal(10, 2))")
        cursor.execute("create or replace table lakehouse.meta_b.y (id bigint, ref bigint)")
        cursor.execute("create or replace function lakehouse.meta_b.f(x int) returns int return x")
        cursor.execute("alter table lakehouse.meta_a.x add constraint pk_x primary key (id)")
        cursor.execute("alter table lakehouse.meta_b.y add constraint fk_y foreign key (ref) references meta_a.x (id)")
        yield


@pytest.fixture(scope="module")
def client(endpoint: Endpoint) -> Iterator[tuple[Any, Any]]:
    """The service as generated, and a session of it."""
    transport = THttpClient(endpoint.uri)
    transport.setCustomHeaders({"Authorization": f"Bearer {settings.DATABRICKS_SQL_TOKEN}"})
    service = TCLIService.Client(TBinaryProtocol(transport))
    opened = service.OpenSession(ttypes.TOpenSessionReq())
    assert opened.serverProtocolVersion == ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8
    yield service, opened.sessionHandle
    service.CloseSession(ttypes.TCloseSessionReq(opened.sessionHandle))
    transport.close()


def answered(client: tuple[Any, Any], method: str, **asked: Any) -> int:
    """How many rows a list has, once it is there."""
    service, session = client
    request = getattr(ttypes, f"T{method}Req")(sessionHandle=session, **asked)
    response = getattr(service, method)(request)
    assert response.status.statusCode == ttypes.TStatusCode.SUCCESS_STATUS
    fetched = service.FetchResults(
        ttypes.TFetchResultsReq(response.operationHandle, ttypes.TFetchOrientation.FETCH_NEXT, 1000)
    )
    while fetched.status.statusCode != ttypes.TStatusCode.SUCCESS_STATUS:
        fetched = service.FetchResults(
            ttypes.TFetchResultsReq(response.operationHandle, ttypes.TFetchOrientation.FETCH_NEXT, 1000)
        )
    return len(fetched.results.columns[0].stringVal.values)


@pytest.mark.parametrize(
    ("method", "asked", "count"),
    [
        ("GetTableTypes", {}, 2),
        ("GetTypeInfo", {}, 20),
        ("GetFunctions", {"schemaName": "meta_b", "functionName": "%"}, 1),
        ("GetFunctions", {"schemaName": "meta_b", "functionName": "no%"}, 0),
        ("GetTables", {"schemaName": "information_schema", "tableName": "table_pri%"}, 1),
        ("GetPrimaryKeys", {"schemaName": "meta_a", "tableName": "x"}, 1),
        ("GetPrimaryKeys", {"schemaName": "meta_b", "tableName": "x"}, 0),
        ("GetCrossReference", {"foreignSchemaName": "meta_b", "foreignTableName": "y"}, 1),
        ("GetCrossReference", {"parentSchemaName": "meta_a", "parentTableName": "x"}, 1),
        ("GetCrossReference", {"parentSchemaName": "meta_b", "parentTableName": "x"}, 0),
        ("GetTables", {"catalogName": "nope"}, 0),
        ("GetTables", {"catalogName": "lakehouse", "schemaName": "meta_b"}, 2),
    ],
)
def test_every_list_of_jdbc_is_answered(
    keyed: None, client: tuple[Any, Any], method: str, asked: dict[str, Any], count: int
) -> None:
    assert answered(client, method, **asked) == count


def test_a_client_that_reads_no_arrow_gets_columns(client: tuple[Any, Any]) -> None:
    service, session = client
    statement = "select 1, x'00ff', 1.50, timestamp'2024-01-02 03:04:05', array(1), cast(null as int), date'2024-01-02'"
    direct = ttypes.TSparkGetDirectResults(maxRows=10, maxBytes=10_000)
    asked = ttypes.TExecuteStatementReq(session, statement, getDirectResults=direct, canReadArrowResult=False)
    answer = service.ExecuteStatement(asked).directResults
    assert answer.resultSetMetadata.resultFormat == ttypes.TSparkRowSetType.COLUMN_BASED_SET
    values = [next(filter(None, vars(column).values())).values[0] for column in answer.resultSet.results.columns]
    assert values == [1, b"\x00\xff", "1.50", "2024-01-02 03:04:05", "[1]", 0, "2024-01-02"]


def test_name_and_version_are_told(client: tuple[Any, Any]) -> None:
    service, session = client
    told = service.GetInfo(ttypes.TGetInfoReq(session, ttypes.TGetInfoType.CLI_DBMS_NAME))
    assert told.infoValue.stringValue == "Spark SQL"


def test_columns_have_the_numbers_of_java_sql_types(keyed: None, cursor: Any) -> None:
    found = cursor.columns(schema_name="meta_a", table_name="x").fetchall()
    assert [(row["COLUMN_NAME"], row["DATA_TYPE"], row["COLUMN_SIZE"], row["DECIMAL_DIGITS"]) for row in found] == [
        ("id", -5, 19, 0), ("n", 3, 10, 2),
    ]  # fmt: skip


def test_a_condition_on_one_reference_says_nothing_of_another(keyed: None, cursor: Any) -> None:
    tables = "lakehouse.information_schema.tables"
    queries = {
        f"select b.table_name from {tables} b left join {tables} a on a.table_name = b.table_name "
        "and a.table_schema = 'meta_a' where b.table_schema = 'meta_b' and a.table_name is null": [("y",)],
        f"with a as (select table_name from {tables} where table_schema = 'meta_a') "
        f"select table_name from {tables} where table_name not in (select table_name from a) "
        "and table_schema like 'meta%'": [("y",)],
        f"select (select count(*) from {tables} where table_schema = 'meta_b') as n, count(*) "
        f"from {tables} where table_schema like 'meta%'": [(2, 3)],
        f"select count(*) from {tables} t join (select 'nope' as table_schema) c where c.table_schema = 'nope' "
        "and t.table_name = 'y'": [(1,)],
        f"select count(*) from {tables} where table_schema = 'meta' || '_b'": [(2,)],
        f"select count(*) from {tables} where ! table_schema = 'meta_a' and table_name in ('x', 'y')": [(2,)],
        f"select count(*) from {tables} where table_schema is distinct from 'meta_a' and table_name = 'x'": [(1,)],
    }
    for query, wanted in queries.items():
        cursor.execute(query)
        assert [tuple(row) for row in cursor.fetchall()] == wanted, query


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select catalog_name from {i}.information_schema_catalog_name", [("lakehouse",)]),
        ("select schema_owner, comment, created from {i}.schemata where schema_name = 'meta_a'",
         [("local", None, None)]),
        ("select is_insertable_into, created_by, commit_action from {i}.tables where table_name = 'y'",
         [("YES", "local", None)]),
        ("select column_name, full_data_type, numeric_precision, numeric_precision_radix, numeric_scale, is_generated "
         "from {i}.columns where table_schema = 'meta_c' and table_name = 'w' order by 1",
         [("f", "double", 53, 2, None, "NEVER"), ("g", "int", 32, 2, 0, "ALWAYS"),
          ("n", "decimal(10,2)", 10, 10, 2, "NEVER"),
          ("v", "varchar(7)", None, None, None, "NEVER")]),
        ("select constraint_type, is_deferrable, comment from {i}.table_constraints where constraint_name = 'fk_y'",
         [("FOREIGN KEY", "NO", None)]),
        ("select match_option, update_rule from {i}.referential_constraints where constraint_name = 'fk_y'",
         [("FULL", "NO ACTION")]),
        ("select ordinal_position, parameter_name, full_data_type from {i}.parameters where specific_schema = 'meta_c'",
         [(1, "a", "INT"), (2, "b", "DECIMAL(3,1)")]),
        ("select grantee, routine_name, privilege_type from {i}.routine_privileges where specific_schema = 'meta_c'",
         [("x", "with_two", "EXECUTE")]),
        ("select * from {i}.check_constraints", []),
        ("select routine_definition from {i}.routines where routine_name = 'with_two'", [("iff(a > 0, a, 0)",)]),
    ],
)  # fmt: skip
def test_the_columns_of_information_schema_are_there(
    keyed: None, cursor: Any, sql: str, expected: list[tuple[Any, ...]]
) -> None:
    for statement in (
        "create schema if not exists lakehouse.meta_c",
        "create or replace table lakehouse.meta_c.w (v varchar(7), n decimal(10, 2), f double, "
        "g int generated always as (1 + 1))",
        "create or replace function lakehouse.meta_c.with_two(a int, b decimal(3, 1)) returns int "
        "return iff(a > 0, a, 0)",
        "grant execute on function lakehouse.meta_c.with_two to x",
    ):
        cursor.execute(statement)
    cursor.execute(sql.format(i="lakehouse.information_schema"))
    assert [tuple(row) for row in cursor.fetchall()] == expected
    cursor.execute("drop schema lakehouse.meta_c cascade")


def test_routines_are_functions_of_rows_and_of_tables_with_their_text(keyed: None, cursor: Any) -> None:
    cursor.execute("create function lakehouse.meta_a.plus(a int, b string default 'q') returns int return a + 1")
    cursor.execute("create function lakehouse.meta_a.rows() returns table(a int) return select 1 as a")
    cursor.execute(
        "select routine_name, routine_definition from lakehouse.information_schema.routines "
        "where routine_schema = 'meta_a' order by routine_name"
    )
    assert [tuple(row) for row in cursor.fetchall()] == [("plus", "a + 1"), ("rows", "select 1 as a")]


def test_what_has_no_type_and_functions_of_a_warehouse_are_answered(cursor: Any) -> None:
    cursor.execute("select null a, array() b, map() c, charindex('b', 'abc') d, getdate() is not null e")
    (row,) = cursor.fetchall()
    assert (row.a, row.b, row.c, row.d, row.e) == (None, "[]", "{}", 2, True)


def test_what_is_no_call_is_a_bad_request(endpoint: Endpoint) -> None:
    headers = {"Authorization": f"Bearer {settings.DATABRICKS_SQL_TOKEN}"}
    for body in (b"", b"garbage", b"\x80\x01\x00\x01\xff\xff\xff\xff"):
        assert httpx.post(endpoint.uri, content=body, headers=headers).status_code == 400
