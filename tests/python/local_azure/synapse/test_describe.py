"""What drivers are told of a batch before it runs, and the identity property that a new table takes over.

Source: Microsoft Learn, "sp_describe_first_result_set", "sp_describe_undeclared_parameters", "Using IDENTITY to create
surrogate keys using dedicated SQL pool", SELECT..INTO.
"""

from __future__ import annotations

import pytest

from local_azure.synapse import describe, describe_procedures

from .conftest import Pool


@pytest.fixture(scope="module", autouse=True)
def numbered(pool: Pool) -> None:
    pool("CREATE TABLE dbo.numbered (id int IDENTITY(5, 2) NOT NULL, v varchar(9), d decimal(9, 2), b varbinary(3))")
    pool("INSERT INTO dbo.numbered (v) VALUES ('a') INSERT INTO dbo.numbered (v) VALUES ('b')")


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("SELECT * FROM dbo.numbered WHERE v = @P1 AND @P2 < d", "varchar(9) decimal(9,2)"),
        ("SELECT id FROM dbo.numbered WHERE id BETWEEN @P1 AND @P2 OR id IN (3, @P3)", "int int int"),
        ("SELECT TOP (@P1) id FROM dbo.numbered WHERE v LIKE @P2", "bigint varchar(9)"),
        ("UPDATE dbo.numbered SET v = @P1, d = @P2 WHERE id = @P3", "varchar(9) decimal(9,2) int"),
        ("INSERT INTO dbo.numbered (b, d) VALUES (@P1, @P2)", "varbinary(3) decimal(9,2)"),
        ("DELETE FROM dbo.numbered WHERE id = @P1", "int"),
        ("SELECT @P1", ""),
    ],
)
def test_a_parameter_has_the_type_of_what_it_meets(pool: Pool, text: str, types: str) -> None:
    assert " ".join(str(t) for t in describe.parameter_types(pool.session, text).values()) == types


def test_a_result_set_is_described_by_all_columns_of_the_page(pool: Pool) -> None:
    found = describe_procedures.result_set(describe.columns(pool.session, "SELECT id, v FROM dbo.numbered", {}))
    names = [column.name for column in found.columns]
    first, second = (dict(zip(names, row, strict=True)) for batch in found.batches for row in batch)
    assert len(names) == 39
    assert (first["system_type_id"], first["max_length"], first["precision"], first["is_identity_column"]) == (
        56, 4, 10, True,
    )  # fmt: skip
    assert (second["system_type_name"], second["max_length"], second["is_identity_column"]) == ("varchar(9)", 9, False)
    assert (first["collation_name"], second["collation_name"]) == (None, "SQL_Latin1_General_CP1_CI_AS")


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        ("SELECT * INTO dbo.made FROM dbo.numbered", True),
        ("CREATE TABLE dbo.made WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT v, id FROM dbo.numbered", True),
        ("SELECT id + 1 AS id INTO dbo.made FROM dbo.numbered", False),
        ("SELECT a.id INTO dbo.made FROM dbo.numbered AS a JOIN dbo.numbered AS b ON a.id = b.id", False),
        ("SELECT id, id AS other INTO dbo.made FROM dbo.numbered", False),
        ("SELECT id INTO dbo.made FROM dbo.numbered UNION ALL SELECT id FROM dbo.numbered", False),
    ],
)
def test_a_table_of_one_table_takes_its_identity_over(pool: Pool, made: str, kept: bool) -> None:
    pool(made)
    seeds = pool("SELECT seed_value, increment_value FROM sys.identity_columns WHERE OBJECT_NAME(object_id) = 'made'")
    assert seeds == ([(5, 2)] if kept else [])
    if kept:
        pool("INSERT INTO dbo.made (v) VALUES ('c')")
        assert pool("SELECT id, v FROM dbo.made ORDER BY id") == [(5, "a"), (7, "b"), (9, "c")]
    pool("DROP TABLE dbo.made")
