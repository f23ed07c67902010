"""databricks-sqlalchemy: reflection, and rows that go in with parameters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy

from local_azure import settings

from .conftest import Endpoint

pytestmark = [pytest.mark.slow, pytest.mark.client("databricks-sqlalchemy")]


@pytest.fixture(scope="module")
def engine(endpoint: Endpoint) -> Iterator[sqlalchemy.Engine]:
    path = "/sql/1.0/warehouses/abc"
    host = f"http://{settings.HOST}:{endpoint.port}"
    with endpoint.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create schema if not exists lakehouse.alchemy")
    made = sqlalchemy.create_engine(
        f"databricks://token:{settings.DATABRICKS_SQL_TOKEN}@{settings.HOST}:{endpoint.port}"
        f"?http_path={path}&catalog=lakehouse&schema=alchemy",
        connect_args={"server_hostname": host, "_connection_uri": f"{host}{path}", "enable_telemetry": False},
    )
    yield made
    made.dispose()


def test_rows_go_in_and_come_out(engine: sqlalchemy.Engine) -> None:
    table = sqlalchemy.Table(
        "people",
        sqlalchemy.MetaData(),
        sqlalchemy.Column("id", sqlalchemy.BigInteger, primary_key=True, autoincrement=False),
        sqlalchemy.Column("name", sqlalchemy.String),
        sqlalchemy.Column("day", sqlalchemy.Date),
    )
    table.drop(engine, checkfirst=True)
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": 1, "name": "it's"}, {"id": 2, "name": None}])
        found = connection.execute(sqlalchemy.select(table.c.id, table.c.name).where(table.c.id == 1)).all()
    assert [tuple(row) for row in found] == [(1, "it's")]


def test_a_table_is_reflected(engine: sqlalchemy.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create or replace table parents (id bigint primary key, at timestamp)"))
        connection.execute(
            sqlalchemy.text(
                "create or replace table children (id int not null, p bigint references parents, d decimal(9, 2))"
            )
        )
        connection.execute(sqlalchemy.text("create or replace view seen as select 1 as a"))
    inspector = sqlalchemy.inspect(engine)
    assert {"parents", "children"} <= set(inspector.get_table_names("alchemy"))
    assert inspector.get_view_names("alchemy") == ["seen"]
    columns = {
        column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns("children")
    }
    assert columns == {"id": ("INTEGER", False), "p": ("BIGINT", True), "d": ("NUMERIC(9, 2)", True)}
    assert inspector.get_pk_constraint("parents")["constrained_columns"] == ["id"]
    (key,) = inspector.get_foreign_keys("children")
    assert (key["constrained_columns"], key["referred_table"], key["referred_columns"]) == (["p"], "parents", ["id"])
    assert inspector.has_table("parents")
    assert not inspector.has_table("nothing")
