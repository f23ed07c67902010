"""The pool reads the lake as itself, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local_azure.synapse.errors import SqlError

if TYPE_CHECKING:
    from conftest import Pool

SOURCE = "CREATE EXTERNAL DATA SOURCE {} WITH (TYPE = HADOOP, LOCATION = 'abfss://a@b.dfs.core.windows.net'{})"


def test_a_data_source_names_a_credential_that_is_there(pool: Pool) -> None:
    with pytest.raises(SqlError, match="without a CREDENTIAL"):
        pool(SOURCE.format("bare", ""))
    with pytest.raises(SqlError, match="Cannot find the credential 'nobody'"):
        pool(SOURCE.format("wrong", ", CREDENTIAL = nobody"))


def test_a_credential_needs_a_master_key_and_is_the_pools_own_identity(pool: Pool) -> None:
    with pytest.raises(SqlError, match="create a master key"):
        pool("CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'Managed Service Identity'")
    pool("CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'Master-key-passw0rd'")
    with pytest.raises(SqlError, match="identity 'someone'"):
        pool("CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'someone', SECRET = 'key'")
    pool("CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'Managed Service Identity'")
    pool(SOURCE.format("mine", ", CREDENTIAL = c"))
    assert pool("SELECT name FROM sys.symmetric_keys") == [("##MS_DatabaseMasterKey##",)]
    assert pool("SELECT name, credential_identity FROM sys.database_scoped_credentials") == [
        ("c", "Managed Service Identity")
    ]
    with pytest.raises(SqlError, match="already exists"):
        pool("CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'Managed Service Identity'")
