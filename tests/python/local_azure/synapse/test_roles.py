"""Who has no role on a container reads nothing of it, whatever the warehouse itself grants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_azure.synapse.errors import SqlError
from local_azure.synapse.roles import BadRoles, Roles, read
from local_azure.synapse.session import Session

if TYPE_CHECKING:
    from conftest import Pool

    PoolWith = Callable[[Roles], Pool]

LAKE = "abfss://lake@local.dfs.core.windows.net"
READER, CONTRIBUTOR = "Storage Blob Data Reader", "Storage Blob Data Contributor"
PROJECT = Path(__file__).parents[4]
REFUSED = "not authorized to perform this operation using this permission"


def prepared(pool: Pool) -> Pool:
    """A lake with one file, a data source as the pool, and one as who asks."""
    pq.write_table(pa.table({"id": pa.array([1, 2], pa.int32())}), pool.lake / "x.parquet")
    pool("CREATE MASTER KEY")
    pool("CREATE DATABASE SCOPED CREDENTIAL own WITH IDENTITY = 'Managed Service Identity'")
    pool("CREATE EXTERNAL FILE FORMAT parquet WITH (FORMAT_TYPE = PARQUET)")
    for name, credential in (("as_pool", ", CREDENTIAL = own"), ("as_login", "")):
        pool(f"CREATE EXTERNAL DATA SOURCE {name} WITH (TYPE = HADOOP, LOCATION = '{LAKE}'{credential})")
    return pool


def table(pool: Pool, source: str) -> None:
    pool(
        f"CREATE EXTERNAL TABLE dbo.{source} (id int) "
        f"WITH (LOCATION = '/x.parquet', DATA_SOURCE = {source}, FILE_FORMAT = parquet)"
    )


@pytest.fixture(scope="module")
def platform(pool_with: PoolWith) -> Pool:
    """The roles that Terraform gives."""
    return prepared(pool_with(read(PROJECT / "infra" / "roles.yml")))


@pytest.fixture(scope="module")
def shared(pool_with: PoolWith) -> Pool:
    """The pool has no role; the login `pipeline` and the login `reader` may read."""
    return prepared(pool_with(Roles(frozenset({("pipeline", READER, "lake"), ("reader", CONTRIBUTOR, "lake")}))))


def test_the_pool_reads_the_lake_by_the_role_that_terraform_gives_it(platform: Pool) -> None:
    table(platform, "as_pool")
    assert platform.value("SELECT SUM(id) FROM dbo.as_pool") == 3


def test_a_source_without_a_credential_reads_as_who_asks(platform: Pool) -> None:
    with pytest.raises(SqlError, match=REFUSED) as caught:
        table(platform, "as_login")
    assert caught.value.number == 105019
    assert "'pipeline' needs the role Storage Blob Data Reader on 'lake'" in str(caught.value)


def test_a_pool_without_a_role_cannot_lend_its_identity(shared: Pool) -> None:
    with pytest.raises(SqlError, match="'warehouse' needs the role"):
        table(shared, "as_pool")


def test_each_login_reads_by_its_own_role(shared: Pool) -> None:
    table(shared, "as_login")
    assert shared.value("SELECT SUM(id) FROM dbo.as_login") == 3
    reader = replace(shared, session=Session(shared.engine, 52, user="reader"))
    assert reader.value("SELECT SUM(id) FROM dbo.as_login") == 3
    stranger = replace(shared, session=Session(shared.engine, 53, user="stranger"))
    with pytest.raises(SqlError, match="'stranger' needs the role"):
        stranger("SELECT * FROM dbo.as_login")


def test_copy_reads_as_the_login_or_as_the_pool(platform: Pool) -> None:
    platform("CREATE TABLE dbo.copied (id int) WITH (HEAP)")
    for address in (LAKE, "https://local.dfs.core.windows.net/lake"):
        with pytest.raises(SqlError, match="'pipeline' needs the role"):
            platform(f"COPY INTO dbo.copied FROM '{address}/x.parquet' WITH (FILE_TYPE = 'PARQUET')")
    own = "CREDENTIAL = (IDENTITY = 'Managed Identity')"
    platform(f"COPY INTO dbo.copied FROM '{LAKE}/x.parquet' WITH (FILE_TYPE = 'PARQUET', {own})")
    assert platform.value("SELECT SUM(id) FROM dbo.copied") == 3


def test_who_may_only_read_writes_nothing(platform: Pool) -> None:
    with pytest.raises(SqlError, match="Storage Blob Data Contributor on 'lake'"):
        platform(
            "CREATE EXTERNAL TABLE dbo.written WITH (LOCATION = '/new/', DATA_SOURCE = as_pool, FILE_FORMAT = parquet) "
            "AS SELECT 1 AS id"
        )
    assert not (platform.lake / "new").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "is not YAML"),
        ("- a", "holds no grants"),
        ("why: {identity: a, role: b}", "'why' needs identity, role and scope"),
        ("why: {identity: a, role: b, scope: 1}", "'why' needs identity, role and scope"),
    ],
)
def test_a_file_of_roles_that_is_none_says_so(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "roles.yml"
    file.write_text(text)
    with pytest.raises(BadRoles, match=told):
        read(file)
    with pytest.raises(BadRoles, match="Cannot read"):
        read(tmp_path / "nowhere.yml")
