"""CREATE INDEX and DROP INDEX, and what they make of the index that a table's rows lie in.

Source: Microsoft Learn, "CREATE INDEX", "CREATE COLUMNSTORE INDEX", "DROP INDEX" for Azure Synapse Analytics;
"Performance tuning with ordered clustered columnstore index".
"""

from __future__ import annotations

import pytest

from .conftest import Pool, refused

OF_TABLE = "SELECT name, type_desc FROM sys.indexes WHERE object_id = OBJECT_ID('dbo.indexed') ORDER BY index_id"


@pytest.fixture
def indexed(pool: Pool) -> str:
    """A heap."""
    if pool.value("SELECT OBJECT_ID('dbo.indexed')") is not None:
        pool("DROP TABLE dbo.indexed")
    pool("CREATE TABLE dbo.indexed (a int, b int) WITH (HEAP)")
    return "dbo.indexed"


def test_a_clustered_index_takes_the_place_of_the_heap_and_leaves_it_behind(pool: Pool, indexed: str) -> None:
    pool(f"CREATE CLUSTERED INDEX c ON {indexed} (a)")
    assert pool(OF_TABLE) == [("c", "CLUSTERED")]
    pool(f"CREATE CLUSTERED COLUMNSTORE INDEX ordered ON {indexed} ORDER (b) WITH (DROP_EXISTING = ON)")
    assert pool(OF_TABLE) == [("ordered", "CLUSTERED COLUMNSTORE")]
    pool(f"DROP INDEX ordered ON {indexed}")
    assert pool(OF_TABLE) == [(None, "HEAP")]


def test_an_index_is_made_anew_under_its_name(pool: Pool, indexed: str) -> None:
    pool(f"CREATE INDEX i ON {indexed} (a) CREATE INDEX i ON {indexed} (b) WITH (DROP_EXISTING = ON)")
    columns = "SELECT column_id FROM sys.index_columns WHERE object_id = OBJECT_ID('dbo.indexed')"
    assert pool(columns) == [(2,)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE CLUSTERED INDEX second ON {} (a)", 1902),
        ("CREATE CLUSTERED COLUMNSTORE INDEX second ON {}", 35372),
        ("CREATE INDEX i ON {} (b)", 1913),
        ("CREATE INDEX j ON {} (b) WITH (DROP_EXISTING = ON)", 7999),
        ("CREATE INDEX j ON {} (nothing)", 1911),
        ("CREATE INDEX j ON {} (b) WITH (FLY = ON)", 102),
        ("DROP INDEX nothing ON {}", 3701),
    ],
)
def test_an_index_that_cannot_be_is_told(pool: Pool, indexed: str, text: str, number: int) -> None:
    pool(f"CREATE CLUSTERED INDEX c ON {indexed} (a) CREATE INDEX i ON {indexed} (a)")
    assert refused(pool, text.format(indexed)) == number
