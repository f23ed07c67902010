"""Masks, security policies, column and object permissions, roles: enforced for whom a session acts as.

Source: Microsoft Learn, "Dynamic data masking", "Row-level security", "Column-level security", "Database-level roles",
"GRANT", "EXECUTE AS", "sp_addrolemember", "Ownership chains".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Pool, refused

MEMBERS = "sec.members"


@contextmanager
def acting(pool: Pool, user: str) -> Iterator[None]:
    pool(f"EXECUTE AS USER = '{user}'")
    try:
        yield
    finally:
        pool("REVERT")


@pytest.fixture(scope="module", autouse=True)
def objects(pool: Pool) -> None:
    pool("CREATE SCHEMA sec")
    pool(
        f"""CREATE TABLE {MEMBERS} (id int NOT NULL, email varchar(50) MASKED WITH (FUNCTION = 'email()') NULL,
          phone varchar(12) MASKED WITH (FUNCTION = 'partial(1,"XXX",2)') NULL,
          salary money MASKED WITH (FUNCTION = 'default()'), born date MASKED WITH (FUNCTION = 'default()'),
          dice int MASKED WITH (FUNCTION = 'random(1, 5)'), code char(2) MASKED WITH (FUNCTION = 'default()'))
        WITH (HEAP)
        INSERT INTO {MEMBERS} VALUES (1, 'ann@x.com', '5551234', 100, '1980-01-02', 77, 'ab')
        INSERT INTO {MEMBERS} VALUES (2, NULL, '1', 200, NULL, 88, NULL)
        CREATE TABLE sec.plain (a int, b int) WITH (HEAP)
        INSERT INTO sec.plain VALUES (1, 2)
        CREATE TABLE sec.owned (owner varchar(20), v int) WITH (HEAP)
        INSERT INTO sec.owned SELECT 'clerk', 1 UNION ALL SELECT 'other', 2 UNION ALL SELECT 'clerk', 3
        CREATE USER clerk WITHOUT LOGIN CREATE USER viewer WITHOUT LOGIN CREATE ROLE staff
        EXEC sp_addrolemember 'staff', 'clerk'
        GRANT SELECT ON {MEMBERS} TO staff"""
    )
    pool("CREATE VIEW sec.both AS SELECT a, b FROM sec.plain")
    pool(f"CREATE VIEW sec.seen AS SELECT id, email FROM {MEMBERS}")
    pool("GRANT SELECT ON sec.seen TO staff")
    pool("CREATE PROCEDURE sec.chained AS SELECT b FROM sec.plain")
    pool("CREATE PROCEDURE sec.dynamic AS EXEC('SELECT b FROM sec.plain')")
    pool(
        "CREATE FUNCTION sec.own (@owner varchar(20)) RETURNS TABLE WITH SCHEMABINDING AS RETURN "
        "SELECT 1 AS ok WHERE @owner = USER_NAME() OR USER_NAME() = 'dbo'"
    )
    pool("CREATE FUNCTION sec.loose (@owner varchar(20)) RETURNS TABLE AS RETURN SELECT 1 AS ok")


# Masks

SHOWN: list[tuple[str, Any]] = [
    (f"SELECT email, phone, salary, born, code FROM {MEMBERS} ORDER BY id",
     [("aXXX@XXXX.com", "5XXX34", Decimal(0), dt.date(1900, 1, 1), "xx"), (None, "XXX", Decimal(0), None, None)]),
    (f"SELECT COUNT(*) FROM {MEMBERS} WHERE dice > 70", [(2,)]),
    (f"SELECT CASE WHEN dice BETWEEN 1 AND 5 THEN 1 END FROM {MEMBERS}", [(1,), (1,)]),
    (f"SELECT id FROM {MEMBERS} WHERE email = 'ann@x.com'", [(1,)]),
    (f"SELECT UPPER(email), salary * 2 FROM {MEMBERS} WHERE id = 1", [("AXXX@XXXX.COM", Decimal(0))]),
    (f"SELECT MAX(salary), MIN(born) FROM {MEMBERS}", [(Decimal(0), dt.date(1900, 1, 1))]),
    (f"SELECT q.email FROM (SELECT email FROM {MEMBERS}) AS q WHERE q.email LIKE 'ann%'", [("aXXX@XXXX.com",)]),
    (f"WITH c AS (SELECT email AS e FROM {MEMBERS} WHERE id = 1) SELECT e FROM c", [("aXXX@XXXX.com",)]),
    (f"SELECT email FROM {MEMBERS} WHERE id = 1 UNION ALL SELECT 'x'", [("aXXX@XXXX.com",), ("x",)]),
    (f"SELECT email, COUNT(*) FROM {MEMBERS} WHERE id = 1 GROUP BY email", [("aXXX@XXXX.com", 1)]),
    ("SELECT email FROM sec.seen WHERE email LIKE 'ann%'", [("aXXX@XXXX.com",)]),
    (f"SELECT (SELECT email FROM {MEMBERS} WHERE id = 1)", [("aXXX@XXXX.com",)]),
    (f"SELECT (SELECT m.email) FROM {MEMBERS} AS m WHERE m.id = 1", [("aXXX@XXXX.com",)]),
    (f"SELECT s.value FROM {MEMBERS} AS m CROSS APPLY STRING_SPLIT(m.email, '@') AS s WHERE m.id = 1 "
     "ORDER BY s.value", [("aXXX",), ("XXXX.com",)]),
    (f"DECLARE @e varchar(50) SET @e = (SELECT email FROM {MEMBERS} WHERE id = 1) SELECT @e", [("aXXX@XXXX.com",)]),
    (f"SELECT email INTO #copied FROM {MEMBERS} WHERE id = 1 SELECT email FROM #copied", [("aXXX@XXXX.com",)]),
    (f"CREATE TABLE #updated (id int, e varchar(50)) INSERT INTO #updated VALUES (1, '') UPDATE u SET e = m.email "
     f"FROM #updated AS u JOIN {MEMBERS} AS m ON m.id = u.id SELECT e FROM #updated", [("aXXX@XXXX.com",)]),
    ("CREATE TABLE #merged (id int, e varchar(50)) WITH (DISTRIBUTION = HASH(id)) "
     f"MERGE INTO #merged AS t USING (SELECT id, email FROM {MEMBERS} WHERE id = 1) "
     "AS s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, e) VALUES (s.id, s.email); "
     "SELECT e FROM #merged", [("aXXX@XXXX.com",)]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted"), SHOWN, ids=[query[:70] for query, _ in SHOWN])
def test_a_user_without_unmask_sees_masks(pool: Pool, query: str, wanted: Any) -> None:
    with acting(pool, "clerk"):
        assert pool(query) == wanted


def test_unmask_shows_the_values_and_its_loss_hides_them(pool: Pool) -> None:
    query = f"SELECT email FROM {MEMBERS} WHERE id = 1"
    pool("GRANT UNMASK TO clerk")
    with acting(pool, "clerk"):
        assert pool(query) == [("ann@x.com",)]
    pool("REVOKE UNMASK FROM clerk")
    with acting(pool, "clerk"):
        assert pool(query) == [("aXXX@XXXX.com",)]
    assert pool(query) == [("ann@x.com",)]


def test_masks_are_added_dropped_and_listed(pool: Pool) -> None:
    pool("CREATE TABLE sec.later (a varchar(9)) WITH (HEAP) ALTER TABLE sec.later ALTER COLUMN a ADD MASKED WITH "
         "(FUNCTION = 'default()')")  # fmt: skip
    listed = "SELECT name, masking_function FROM sys.masked_columns WHERE object_id = OBJECT_ID('sec.later')"
    assert pool(listed) == [("a", "default()")]
    pool("ALTER TABLE sec.later ALTER COLUMN a DROP MASKED")
    assert pool(listed) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ALTER TABLE sec.plain ALTER COLUMN a ADD MASKED WITH (FUNCTION = 'email()')", 16003),
        ("ALTER TABLE sec.plain ALTER COLUMN a ADD MASKED WITH (FUNCTION = 'nothing()')", 16002),
        ("ALTER TABLE sec.plain ALTER COLUMN a DROP MASKED", 16007),
        ("CREATE TABLE sec.x (a varchar(9) MASKED WITH (FUNCTION = 'random(1, 2)'))", 16003),
    ],
)
def test_a_mask_that_cannot_be_is_refused(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number


# Rows


def test_a_policy_filters_reads_updates_and_deletes(pool: Pool) -> None:
    pool("GRANT SELECT, UPDATE, DELETE ON sec.owned TO clerk")
    pool("CREATE SECURITY POLICY sec.policy ADD FILTER PREDICATE sec.own(owner) ON sec.owned WITH (STATE = ON)")
    with acting(pool, "clerk"):
        assert pool("SELECT v FROM sec.owned AS o WHERE v > 0 ORDER BY v") == [(1,), (3,)]
        pool("UPDATE sec.owned SET v += 10 DELETE o FROM sec.owned AS o WHERE v = 11")
        assert pool("SELECT v FROM sec.owned") == [(13,)]
    assert pool("SELECT v FROM sec.owned ORDER BY v") == [(2,), (13,)]
    assert refused(pool, "DROP FUNCTION sec.own") == refused(pool, "DROP TABLE sec.owned") == 3729
    second = "CREATE SECURITY POLICY sec.second ADD FILTER PREDICATE sec.own(owner) ON sec.owned"
    assert refused(pool, second) == 33264
    assert pool("SELECT predicate_definition FROM sys.security_predicates") == [("(sec.own(owner))",)]
    pool("ALTER SECURITY POLICY sec.policy WITH (STATE = OFF)")
    with acting(pool, "clerk"):
        assert pool("SELECT v FROM sec.owned ORDER BY v") == [(2,), (13,)]
    pool("ALTER SECURITY POLICY sec.policy DROP FILTER PREDICATE ON sec.owned WITH (STATE = ON)")
    assert refused(pool, "ALTER SECURITY POLICY sec.policy DROP FILTER PREDICATE ON sec.owned") == 33261
    pool("DROP SECURITY POLICY sec.policy")
    assert pool("SELECT name FROM sys.security_policies") == []


def test_a_policy_hides_rows_from_a_merge(pool: Pool) -> None:
    pool("CREATE TABLE sec.merged (owner varchar(20), v int) WITH (HEAP, DISTRIBUTION = HASH(v)) "
         "GRANT CONTROL ON sec.merged TO clerk "
         "CREATE TABLE sec.given (v int) WITH (HEAP) GRANT SELECT ON sec.given TO clerk "
         "INSERT INTO sec.given SELECT 1 UNION ALL SELECT 2 "
         "INSERT INTO sec.merged SELECT 'clerk', 1 UNION ALL SELECT 'other', 2 UNION ALL SELECT 'clerk', 3 "
         "UNION ALL SELECT 'other', 4")  # fmt: skip
    pool("CREATE SECURITY POLICY sec.merging ADD FILTER PREDICATE sec.own(owner) ON sec.merged WITH (STATE = ON)")
    with acting(pool, "clerk"):
        pool("MERGE INTO sec.merged AS t USING sec.given AS s ON t.v = s.v WHEN MATCHED THEN UPDATE SET v = t.v + 10 "
             "WHEN NOT MATCHED THEN INSERT (owner, v) VALUES ('clerk', s.v * 100) WHEN NOT MATCHED BY SOURCE THEN "
             "DELETE;")  # fmt: skip
    pool("DROP SECURITY POLICY sec.merging")
    assert pool("SELECT owner, v FROM sec.merged ORDER BY v") == [
        ("other", 2), ("other", 4), ("clerk", 11), ("clerk", 200),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE SECURITY POLICY sec.p ADD BLOCK PREDICATE sec.own(owner) ON sec.owned", 104467),
        ("CREATE SECURITY POLICY sec.p ADD FILTER PREDICATE sec.nothing(owner) ON sec.owned", 33270),
        ("CREATE SECURITY POLICY sec.p ADD FILTER PREDICATE sec.loose(owner) ON sec.owned", 4513),
        (
            "CREATE SECURITY POLICY sec.p ADD FILTER PREDICATE sec.own(owner) ON sec.owned, "
            "ADD FILTER PREDICATE sec.own(owner) ON sec.owned",
            33262,
        ),
        ("CREATE SECURITY POLICY sec.p ADD FILTER PREDICATE sec.own(owner) ON #owned", 33269),
        ("ALTER SECURITY POLICY sec.owned WITH (STATE = ON)", 33271),
        ("CREATE SECURITY POLICY sec.p ADD FILTER PREDICATE sec.own(nothing) ON sec.owned", 207),
        ("CREATE SECURITY POLICY sec.p ADD FILTER PREDICATE sec.own(owner) ON sec.both", 33263),
        ("ALTER SECURITY POLICY sec.p WITH (STATE = ON)", 208),
        ("DROP SECURITY POLICY sec.p", 3701),
    ],
)
def test_a_policy_that_cannot_be_is_refused(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number


# Permissions


def test_what_is_not_granted_is_denied(pool: Pool) -> None:
    with acting(pool, "viewer"):
        assert refused(pool, "SELECT a FROM sec.plain") == 229
        assert refused(pool, "INSERT INTO sec.plain VALUES (1, 1)") == 229
        assert refused(pool, "UPDATE sec.plain SET a = 1") == 229
        assert refused(pool, "DELETE FROM sec.plain") == 229
        assert refused(pool, "TRUNCATE TABLE sec.plain") == 229
        assert refused(pool, "EXEC sec.chained") == 229
        assert refused(pool, "SELECT * FROM sec.own('a')") == 229
        assert refused(pool, "CREATE TABLE sec.x (a int)") == 262
        assert refused(pool, "DROP TABLE sec.plain") == 262
        assert refused(pool, "GRANT SELECT ON sec.plain TO viewer") == 262
        assert pool("SELECT USER_NAME(), SUSER_SNAME(), ORIGINAL_LOGIN()") == [("viewer", "viewer", "pipeline")]
    assert pool("SELECT a FROM sec.plain") == [(1,)]


def test_columns_are_granted_by_themselves(pool: Pool) -> None:
    pool("GRANT SELECT ON sec.plain (a) TO viewer")
    with acting(pool, "viewer"):
        assert pool("SELECT a FROM sec.plain WHERE a = 1") == [(1,)]
        assert refused(pool, "SELECT b FROM sec.plain") == 230
        assert refused(pool, "SELECT * FROM sec.plain") == 230
        assert refused(pool, "SELECT a FROM sec.plain WHERE b = 2") == 230
    pool("REVOKE SELECT ON sec.plain (a) FROM viewer")


def test_views_and_procedures_read_with_their_owners_rights(pool: Pool) -> None:
    pool(
        "GRANT SELECT ON sec.both TO viewer GRANT EXECUTE ON sec.chained TO viewer GRANT EXEC ON sec.dynamic TO viewer"
    )
    with acting(pool, "viewer"):
        assert pool("SELECT b FROM sec.both") == pool("EXEC sec.chained") == [(2,)]
        assert refused(pool, "EXEC sec.dynamic") == 229


def test_a_denial_outweighs_a_grant_and_a_role(pool: Pool) -> None:
    pool("EXEC sp_addrolemember 'db_datareader', 'viewer'")
    with acting(pool, "viewer"):
        assert pool("SELECT b FROM sec.plain") == [(2,)]
        assert pool("SELECT IS_ROLEMEMBER('db_datareader'), IS_MEMBER('staff')") == [(1, 0)]
    pool("DENY SELECT ON SCHEMA::sec TO viewer")
    with acting(pool, "viewer"):
        assert refused(pool, "SELECT b FROM sec.plain") == 229
    pool("REVOKE SELECT ON SCHEMA::sec TO viewer EXEC sp_droprolemember 'db_datareader', 'viewer'")
    with acting(pool, "viewer"):
        assert refused(pool, "SELECT b FROM sec.plain") == 229


def test_roles_within_roles_and_fixed_roles_count(pool: Pool) -> None:
    pool(
        "CREATE ROLE writers EXEC sp_addrolemember 'db_datawriter', 'writers' EXEC sp_addrolemember 'writers', 'clerk'"
    )
    with acting(pool, "clerk"):
        pool("INSERT INTO sec.plain VALUES (7, 8)")
        assert refused(pool, "SELECT a FROM sec.plain") == 229
    pool("DELETE FROM sec.plain WHERE a = 7")
    found = pool(
        "SELECT r.name, m.name FROM sys.database_role_members AS x JOIN sys.database_principals AS r "
        "ON r.principal_id = x.role_principal_id JOIN sys.database_principals AS m "
        "ON m.principal_id = x.member_principal_id ORDER BY 1, 2"
    )
    assert found == [("db_datawriter", "writers"), ("staff", "clerk"), ("writers", "clerk")]
    assert refused(pool, "DROP ROLE writers") == 15144
    pool("EXEC sp_droprolemember 'writers', 'clerk' ALTER ROLE writers WITH NAME = authors DROP ROLE authors")


def test_a_role_gives_its_own_rights_and_no_others(pool: Pool) -> None:
    pool("CREATE USER admin WITHOUT LOGIN EXEC sp_addrolemember 'db_ddladmin', 'admin'")
    with acting(pool, "admin"):
        pool("CREATE TABLE sec.made (a int) WITH (HEAP) ALTER TABLE sec.made ADD b int NULL DROP TABLE sec.made")
        assert refused(pool, "SELECT a FROM sec.plain") == 229
        assert refused(pool, "GRANT SELECT ON sec.plain TO admin") == 262
        assert refused(pool, "EXEC sp_addrolemember 'db_owner', 'admin'") == 262
        assert refused(pool, "CREATE USER other WITHOUT LOGIN") == 262
        assert refused(pool, "DROP USER viewer") == 262
        assert refused(pool, "EXECUTE AS USER = 'viewer'") == 15517
    pool("EXEC sp_droprolemember 'db_ddladmin', 'admin' EXEC sp_addrolemember 'db_securityadmin', 'admin'")
    with acting(pool, "admin"):
        assert refused(pool, "CREATE TABLE sec.made (a int)") == 262
        assert refused(pool, "EXEC sp_addrolemember 'db_owner', 'admin'") == 15151
        assert refused(pool, "DROP TABLE sec.plain") == 262
        pool("CREATE TABLE #own (a int) INSERT INTO #own VALUES (1)")
        assert pool("SELECT HAS_PERMS_BY_NAME('sec.plain', 'OBJECT', 'SELECT'), "
                    "HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE TABLE')") == [(0, 0)]  # fmt: skip
    assert pool("SELECT HAS_PERMS_BY_NAME('sec.plain', 'OBJECT', 'SELECT')") == [(1,)]


def test_a_writer_who_may_not_read_deletes_all_and_nothing_by_a_condition(pool: Pool) -> None:
    pool("CREATE USER writer WITHOUT LOGIN CREATE TABLE sec.gone (a int) INSERT INTO sec.gone VALUES (1)")
    pool("GRANT DELETE ON sec.gone TO writer")
    with acting(pool, "writer"):
        assert refused(pool, "DELETE FROM sec.gone WHERE a = 1") == 229
        pool("DELETE FROM sec.gone")
    assert pool("SELECT a FROM sec.gone") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("EXECUTE AS USER = 'nobody'", 15517),
        ("EXECUTE AS LOGIN = 'sa'", 104467),
        ("EXEC sp_addrolemember 'nothing', 'clerk'", 15151),
        ("EXEC sp_addrolemember 'staff', 'nobody'", 15410),
        ("ALTER ROLE staff ADD MEMBER viewer", 103010),
        ("GRANT SELECT ON sec.plain TO nobody", 15151),
        ("GRANT SELECT ON sec.nothing TO clerk", 15151),
        ("GRANT SELECT ON sec.plain (nothing) TO clerk", 207),
        ("CREATE USER clerk WITHOUT LOGIN", 15023),
        ("DROP USER nobody", 15151),
        ("DROP ROLE db_owner", 15151),
    ],
)
def test_who_is_not_there_is_told(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number


def test_a_user_who_is_dropped_leaves_nothing_behind(pool: Pool) -> None:
    pool("CREATE USER brief WITHOUT LOGIN GRANT SELECT ON sec.plain TO brief DROP USER brief")
    pool("CREATE USER brief WITHOUT LOGIN")
    with acting(pool, "brief"):
        assert refused(pool, "SELECT a FROM sec.plain") == 229
