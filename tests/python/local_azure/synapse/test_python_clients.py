"""SQLAlchemy with pandas, and mssql-python, against the endpoint, as they work with a dedicated pool.

A pool takes no definition within a transaction, one row of VALUES, and no nvarchar(max) in a columnstore index: so the
engine is AUTOCOMMIT, without insertmanyvalues (docs.sqlalchemy.org/en/20/dialects/mssql.html), and text has a length.
"""

from __future__ import annotations

import datetime as dt
import urllib.parse
from decimal import Decimal

import mssql_python
import pandas as pd
import pytest
import sqlalchemy as sa

from local_azure import settings
from local_azure.synapse import odbc

from .conftest import Running


@pytest.fixture
def engine(server: Running) -> sa.Engine:
    words = urllib.parse.quote_plus(odbc.connection_string(port=server.port))
    return sa.create_engine(
        f"mssql+pyodbc:///?odbc_connect={words}", isolation_level="AUTOCOMMIT", use_insertmanyvalues=False
    )


@pytest.mark.client("pandas and SQLAlchemy")
def test_pandas_writes_a_frame_and_reads_it_back(engine: sa.Engine, schema: str) -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["é", "b", None],
            "at": pd.to_datetime(["2026-01-01 00:00:00", "2026-01-02 03:04:05", None]),
        }
    )
    for how in ("replace", "append"):
        frame.to_sql("frames", engine, schema=schema, if_exists=how, index=False, dtype={"name": sa.NVARCHAR(20)})  # type: ignore[arg-type]
    found = pd.read_sql_table("frames", engine, schema=schema).sort_values("id", kind="stable")
    assert found["id"].tolist() == [1, 1, 2, 2, 3, 3]
    assert found["name"].tolist()[:4] == ["é", "é", "b", "b"]
    assert found["at"].tolist()[2] == pd.Timestamp("2026-01-02 03:04:05")
    assert found.iloc[-1].isna().tolist() == [False, True, True]


@pytest.mark.client("pandas and SQLAlchemy")
def test_sqlalchemy_reflects_a_table(engine: sa.Engine, schema: str) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE {schema}.kept (id bigint NOT NULL, price decimal(19, 4), name nvarchar(20), "
            "CONSTRAINT pk_kept PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED) WITH (HEAP)"
        )
    table = sa.Table("kept", sa.MetaData(), schema=schema, autoload_with=engine)
    assert [(each.name, each.nullable) for each in table.columns] == [("id", False), ("price", True), ("name", True)]
    assert isinstance(table.c.price.type, sa.DECIMAL)
    assert [each.name for each in table.primary_key] == ["id"]
    assert sa.inspect(engine).get_table_names(schema) == ["kept"]
    assert sa.inspect(engine).get_foreign_keys("kept", schema) == []


def test_a_definition_in_a_transaction_is_refused_as_a_pool_does(server: Running, schema: str) -> None:
    words = urllib.parse.quote_plus(odbc.connection_string(port=server.port))
    engine = sa.create_engine(f"mssql+pyodbc:///?odbc_connect={words}")
    with pytest.raises(sa.exc.ProgrammingError, match="111212"), engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {schema}.refused (id int) WITH (HEAP)")


@pytest.mark.client("mssql-python")
def test_mssql_python_binds_reads_and_loads(server: Running, schema: str) -> None:
    words = f"SERVER=127.0.0.1,{server.port};DATABASE={settings.SYNAPSE_DATABASE};UID={settings.SYNAPSE_USER};"
    connection = mssql_python.connect(
        f"{words}PWD={settings.SYNAPSE_PASSWORD};TrustServerCertificate=yes;Encrypt=yes", autocommit=True
    )
    given = (1, "é", Decimal("1.25"), dt.datetime(2026, 1, 2, 3, 4, 5), None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ?, ?, ?, ?, ?", given)
        assert tuple(cursor.fetchone()) == given
        cursor.execute(f"CREATE TABLE {schema}.loaded (a int, b nvarchar(20)) WITH (HEAP)")
        cursor.executemany(f"INSERT INTO {schema}.loaded VALUES (?, ?)", [(each, f"n{each}") for each in range(100)])
        cursor.execute(f"SELECT COUNT(*), MAX(b) FROM {schema}.loaded")
        assert tuple(cursor.fetchone()) == (100, "n99")
        with pytest.raises(mssql_python.ProgrammingError, match="Invalid object name"):
            cursor.execute("SELECT * FROM nowhere")
    connection.close()
