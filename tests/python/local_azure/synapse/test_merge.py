"""What MERGE of a pool does otherwise than SQL Server's.

Source: Microsoft Learn, "MERGE (Transact-SQL)", remarks for Azure Synapse Analytics.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import Pool, Running, refused

INSERTS = "WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)"


@pytest.fixture(scope="module", autouse=True)
def tables(pool: Pool) -> Iterator[None]:
    pool(
        """EXEC('CREATE SCHEMA m')
        CREATE TABLE m.spread (id int, v varchar(9)) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)
        CREATE TABLE m.hashed (id int, v varchar(9)) WITH (DISTRIBUTION = HASH(id), HEAP)
        CREATE TABLE m.numbered (n int IDENTITY(1, 1), id int, v varchar(9)) WITH (DISTRIBUTION = HASH(id), HEAP)"""
    )
    yield


@pytest.mark.parametrize("table", ["m.spread", "m.numbered"])
def test_rows_are_inserted_by_hash_and_without_an_identity(pool: Pool, table: str) -> None:
    text = f"MERGE INTO {table} AS t USING (SELECT 1 AS id, 'a' AS v) AS s ON t.id = s.id {INSERTS};"
    assert refused(pool, text) == 104467


def test_what_is_matched_changes_in_any_table(pool: Pool) -> None:
    pool("INSERT INTO m.spread VALUES (1, 'a')")
    pool("MERGE INTO m.spread AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = 'b';")
    assert pool("SELECT v FROM m.spread") == [("b",)]


@pytest.mark.parametrize(
    ("clause", "number"),
    [
        ("WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, t.v)", 5333),
        ("WHEN NOT MATCHED BY SOURCE AND s.id = 1 THEN DELETE", 5334),
        ("WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = s.v", 5334),
        ("WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = q.v", 4104),
    ],
)
def test_a_clause_names_the_side_that_it_has_a_row_of(pool: Pool, clause: str, number: int) -> None:
    text = f"MERGE INTO m.hashed AS t USING (SELECT 1 AS id, 'a' AS v) AS s ON t.id = s.id {clause};"
    assert refused(pool, text) == number


def test_an_update_counts_as_a_row_deleted_and_one_inserted(server: Running, schema: str) -> None:
    with server.connect() as connection:
        connection.execute(f"CREATE TABLE {schema}.t (id int, v int) WITH (DISTRIBUTION = HASH(id), HEAP)")
        connection.execute(f"INSERT INTO {schema}.t SELECT 1, 1 UNION ALL SELECT 2, 2")
        source = "(SELECT 1 AS id UNION ALL SELECT 3) AS s"
        clauses = (
            "WHEN MATCHED THEN UPDATE SET v = 9 WHEN NOT MATCHED BY TARGET THEN INSERT (id) VALUES (s.id) "
            "WHEN NOT MATCHED BY SOURCE THEN DELETE"
        )
        found = connection.execute(f"MERGE INTO {schema}.t AS t USING {source} ON t.id = s.id {clauses};")
        assert found.rowcount == 4
