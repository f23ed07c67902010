"""Every mart, as compiled, keeps to the T-SQL of a dedicated SQL pool: what the adapter sends is read, not run.

The rules are Microsoft's pages:
- elements: https://learn.microsoft.com/azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-reference-tsql-language-elements
- types: https://learn.microsoft.com/azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-tables-data-types
- CTE: https://learn.microsoft.com/sql/t-sql/queries/with-common-table-expression-transact-sql (a dedicated pool's part)
- GROUP BY: https://learn.microsoft.com/sql/t-sql/queries/select-group-by-transact-sql
- ORDER BY: https://learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql
- VALUES: https://learn.microsoft.com/sql/t-sql/queries/table-value-constructor-transact-sql
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp, parse
from sqlglot.dialects.tsql import TSQL
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

PROJECT = Path(__file__).parents[3]

# types: the page's list; what it names unsupported (xml, sql_variant, geography, timestamp ...) is not here
TYPES = {
    "bigint", "binary", "bit", "char", "date", "datetime", "datetime2", "datetimeoffset", "decimal", "float", "int",
    "money", "nchar", "numeric", "nvarchar", "real", "smalldatetime", "smallint", "smallmoney", "time", "tinyint",
    "uniqueidentifier", "varbinary", "varchar",
}  # fmt: skip

# elements, "Functions" and "Aggregate / ranking / analytic functions": the ones that a mart has use for
FUNCTIONS = {
    "abs", "avg", "ceiling", "charindex", "coalesce", "concat", "concat_ws", "convert", "count", "count_big",
    "cume_dist", "current_timestamp", "datalength", "dateadd", "datediff", "datediff_big", "datefromparts", "datename",
    "datepart", "day", "dense_rank", "eomonth", "exp", "first_value", "floor", "getdate", "getutcdate", "hashbytes",
    "iif", "isnull", "json_value", "lag", "last_value", "lead", "left", "len", "log", "lower", "ltrim", "max", "min",
    "month", "ntile", "nullif", "object_id", "percent_rank", "power", "rank", "replace", "replicate", "reverse",
    "right", "round", "row_number", "rtrim", "sign", "space", "sqrt", "stdev", "stdevp", "string_agg", "stuff",
    "substring", "sum", "sysdatetime", "sysutcdatetime", "translate", "trim", "try_cast", "try_convert", "upper",
    "var", "varp", "year",
}  # fmt: skip

# words that may stand before a bracket and are no function
WORDS = {
    "all", "and", "any", "apply", "as", "between", "by", "case", "cast", "distinct", "else", "except", "exists", "from",
    "having", "in", "intersect", "join", "like", "not", "on", "or", "order", "over", "partition by", "rollup", "select",
    "then", "top", "union", "when", "where",
}  # fmt: skip

# clauses of other databases, or of SQL Server alone
CLAUSES = {
    TokenType.LIMIT: "LIMIT (elements: use TOP)",
    TokenType.QUALIFY: "QUALIFY (elements)",
    TokenType.OFFSET: "OFFSET (ORDER BY: not in a dedicated pool)",
    TokenType.FETCH: "FETCH (ORDER BY: not in a dedicated pool)",
    TokenType.USING: "JOIN USING (elements)",
    TokenType.NATURAL: "NATURAL JOIN (elements)",
    TokenType.ILIKE: "ILIKE (elements)",
    TokenType.DCOLON: ":: (elements: use CAST)",
    TokenType.DPIPE: "|| (elements: use CONCAT)",
    TokenType.CUBE: "CUBE (GROUP BY: only ROLLUP in a dedicated pool)",
    TokenType.GROUPING_SETS: "GROUPING SETS (GROUP BY: only ROLLUP in a dedicated pool)",
    TokenType.VALUES: "VALUES as a table (VALUES: not in a dedicated pool)",
    TokenType.PIVOT: "PIVOT (elements)",
    TokenType.UNPIVOT: "UNPIVOT (elements)",
    TokenType.LATERAL: "LATERAL (elements: use APPLY)",
    TokenType.INTERVAL: "INTERVAL (elements: use DATEADD)",
    TokenType.TRUE: "TRUE (types: bit has no literal)",
    TokenType.FALSE: "FALSE (types: bit has no literal)",
}


def violations(sql: str) -> Iterator[str]:
    """What a dedicated pool would refuse of one compiled query."""
    tokens = TSQL().tokenize(sql)
    yield from (CLAUSES[token.token_type] for token in tokens if token.token_type in CLAUSES)
    yield from _unknown_functions(tokens)
    yield from _unknown_types(tokens)
    try:
        trees = parse(sql, read="tsql")
    except SqlglotError as error:
        yield f"not T-SQL: {str(error).splitlines()[0]}"
        return
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        yield "not one query"
        return
    yield from _nested(trees[0])


def _unknown_functions(tokens: list[Token]) -> Iterator[str]:
    types = TYPES | {token.text.lower() for token in tokens if token.token_type is TokenType.WITH}
    for before, token, after in zip([None, *tokens], tokens, tokens[1:], strict=False):
        name = token.text.lower()
        called = after.token_type is TokenType.L_PAREN and token.text[:1].isalpha()
        quoted = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
        if called and not quoted and before and before.token_type is TokenType.DOT:
            yield f"{name}: a function of a schema"
        elif called and not quoted and name not in FUNCTIONS | WORDS | types:
            yield f"{name}: no function of a dedicated pool (elements)"


def _nested(tree: exp.Expression) -> Iterator[str]:
    for found in tree.find_all(exp.With):
        if found.parent is not tree:
            yield "WITH inside a query (CTE: not nested in a dedicated pool)"
        if found.recursive or any(_reads(cte.this, cte.alias) for cte in found.expressions):
            yield "recursive CTE (CTE: not in a dedicated pool)"
    for cte in tree.find_all(exp.CTE):
        order = cte.this.args.get("order")
        if order and not cte.this.args.get("limit"):
            yield "ORDER BY in a CTE without TOP (CTE)"
    for group in tree.find_all(exp.Group):
        if group.args.get("all"):
            yield "GROUP BY ALL (GROUP BY)"
        if any(isinstance(key, exp.Literal) for key in group.expressions):
            yield "GROUP BY a position (GROUP BY)"


def _reads(query: exp.Expression, name: str) -> bool:
    return any(table.name == name and not table.db for table in query.find_all(exp.Table))


def _unknown_types(tokens: list[Token]) -> Iterator[str]:
    for start, token in enumerate(tokens):
        called = token.text.lower()
        if called in ("cast", "try_cast", "convert", "try_convert"):
            name = _type_of_cast(tokens[start + 1 :]) if "cast" in called else tokens[start + 2].text.lower()
            if name not in TYPES:
                yield f"{name}: no type of a dedicated pool (types)"


def _type_of_cast(tokens: list[Token]) -> str:
    """The word after AS in the bracket that the tokens begin with."""
    depth = 0
    for token, after in pairwise(tokens):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 1 and token.token_type is TokenType.ALIAS:
            return after.text.lower()
    return ""


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("select a from t limit 1", "LIMIT"),
        ("select a from t qualify row_number() over (order by a) = 1", "QUALIFY"),
        ("select a from t order by a offset 1 rows fetch next 1 rows only", "OFFSET"),
        ("select a from t join u using (a)", "JOIN USING"),
        ("select a::int from t", "::"),
        ("select a || b from t", "||"),
        ("select * from (values (1), (2)) as v (x)", "VALUES"),
        ("select a from t group by cube (a)", "CUBE"),
        ("select a from t group by grouping sets ((a), ())", "GROUPING SETS"),
        ("select a from t group by all", "GROUP BY ALL"),
        ("select a, count(*) as n from t group by 1", "GROUP BY a position"),
        ("select a from t where b ilike 'x'", "ILIKE"),
        ("select a from t where is_new = true", "TRUE"),
        ("with a as (with b as (select 1 as x) select x from b) select x from a", "WITH inside a query"),
        ("select * from (with b as (select 1 as x) select x from b) as c", "WITH inside a query"),
        ("with a as (select 1 as x union all select x + 1 from a where x < 9) select x from a", "recursive CTE"),
        ("with a as (select x from t order by x) select x from a", "ORDER BY in a CTE"),
        ("select cast(a as xml) as a from t", "xml: no type"),
        ("select cast(a as sql_variant) as a from t", "sql_variant: no type"),
        ("select cast(a as boolean) as a from t", "boolean: no type"),
        ("select cast(a as nvarchar(max)) as a, cast(b as geography) as b from t", "geography: no type"),
        ("select convert(timestamp, a) as a from t", "timestamp: no type"),
        ("select greatest(a, b) as a from t", "greatest: no function"),
        ("select date_trunc('month', a) as a from t", "date_trunc: no function"),
        ("select max_by(a, b) as a from t", "max_by: no function"),
        ("select regexp_replace(a, 'x', 'y') as a from t", "regexp_replace: no function"),
        ("select dbo.own(a) as a from t", "own: a function of a schema"),
        ("select openjson(a) as a from t", "openjson: no function"),
        ("select a from t; select b from t", "not one query"),
        ("delete from t", "not one query"),
        ("select (a from t", "not T-SQL"),
    ],
)
def test_a_planted_violation_is_named(sql: str, named: str) -> None:
    assert any(named in each for each in violations(sql)), list(violations(sql))


@pytest.mark.parametrize(
    "sql",
    [
        "select top 5 a, iif(a = 1, 'x', 'y') as b from [x].[t] order by a",
        "with a as (select x from t), b as (select x from a) select * from b",
        "select sum(a) over (partition by b order by c rows between 6 preceding and current row) as a from t",
        "select cast(a as decimal(19, 4)) as a, cast(b as datetime2(6)) as b, cast(c as nvarchar(max)) as c from t",
        "select a from t where a in (1, 2) and exists (select 1 as x from u where u.a = t.a) group by rollup (a)",
        "select dateadd(day, -6, max([function(x)])) as a from t where b = 'limit 1' -- qualify",
        "select a from t cross apply (select top 1 b from u order by b) as u",
    ],
)
def test_what_a_pool_takes_is_not_named(sql: str) -> None:
    assert list(violations(sql)) == []


@pytest.mark.slow
def test_every_compiled_mart_and_its_tests_keep_to_the_pools_t_sql(tmp_path: Path) -> None:
    """Compiled with no service at the port: nothing is asked of a warehouse."""
    nodes = compiled(tmp_path)
    marts = {name for name, node in nodes.items() if node["resource_type"] == "model"}
    assert {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")} == {
        nodes[name]["name"] for name in marts
    }
    found = {name: [*violations(node["compiled_code"])] for name, node in nodes.items()}
    assert {name: named for name, named in found.items() if named} == {}


@pytest.mark.slow
def test_no_test_of_a_mart_begins_with_a_cte(tmp_path: Path) -> None:
    """dbt-synapse puts such a test into a view of random name (notes of the adapter: collisions are possible)."""
    tests = {name: node for name, node in compiled(tmp_path).items() if node["resource_type"] == "test"}
    assert tests
    assert [name for name, node in tests.items() if node["compiled_code"].lstrip().lower().startswith("with")] == []


def compiled(folder: Path) -> dict[str, Any]:
    """The marts and their data tests, by unique id."""
    words = ("--profiles-dir", "profiles", "--target", "local_warehouse", "--no-populate-cache", "--no-introspect")
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run(
        [dbt, "--quiet", "compile", *words, "--target-path", folder, "--log-path", folder],
        cwd=PROJECT,
        env={"LOCAL_SYNAPSE_PORT": "1", "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        check=True,
    )
    nodes = json.loads((folder / "manifest.json").read_text())["nodes"]
    return {name: node for name, node in nodes.items() if node["original_file_path"].startswith("models/marts/")}
