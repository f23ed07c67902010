"""What scripts/sql_style measures, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "sql_style"

MODEL = """with

orders as (

    select * from {{ ref('silver_orders') }}

),

-- a comment, with a comma, as ( and {{ ref('nothing') }}
counted as (

    select
        customer_id,
        count(*) as order_count,
        max((amount)) as largest
    from orders
    group by customer_id

)

select * from counted
"""


def measured(tmp_path: Path, **models: str) -> subprocess.CompletedProcess[str]:
    for name, text in models.items():
        (tmp_path / "gold").mkdir(exist_ok=True)
        (tmp_path / "gold" / f"{name}.sql").write_text(text)
    return subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True)


def test_a_model_in_the_projects_style_passes(tmp_path: Path) -> None:
    done = measured(tmp_path, good=MODEL)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split() == ["all", "1", "13", "13", "13", "100%", "100%"]


def test_an_import_may_filter_and_a_model_may_read_nothing(tmp_path: Path) -> None:
    filtered = MODEL.replace("('silver_orders') }}", "('silver_orders') }}\n    where\n        is_new")
    made = "with\n\ndays as (\n\n    select 1 as day\n\n)\n\nselect * from days\n"
    recursive = MODEL.replace("with\n", "with recursive\n", 1)
    assert measured(tmp_path, filtered=filtered, made=made, recursive=recursive).returncode == 0


def test_a_loop_may_write_import_ctes_and_an_import_may_end_in_what_a_macro_gives(tmp_path: Path) -> None:
    loop = MODEL.replace("with\n", "with\n\n{% for model in models -%}\n{{ model }}_rows as (\n\n"
    "    select * from {{ ref(model) }} {{ of_touched_orders }}\n\n),\n\n{% endfor -%}", 1)  # fmt: skip
    assert measured(tmp_path, loop=loop).returncode == 0
    assert measured(tmp_path, loop=loop.replace("ref(model) }}", "ref(model) }} group by 1")).returncode == 1


@pytest.mark.parametrize(
    ("replaced", "by", "complaint"),
    [
        ("    from orders\n", "    from {{ ref('silver_orders') }}\n", "does not read by import CTEs"),
        ("select * from {{", "select order_id from {{", "does not read by import CTEs"),
        ("'silver_orders') }}", "'silver_orders') }} cross join {{ ref('b') }}", "does not read by import CTEs"),
        ("select * from counted", "select * from {{ ref('silver_orders') }}", "does not read by import CTEs"),
        (
            ")\n\nselect * from counted",
            "),\n\nb as (\n\n    select * from {{ source('a', 'b') }}\n\n)\n\nselect * from b",
            "does not read by import CTEs",
        ),
        ("select * from counted", "select customer_id from counted", "last line is not"),
        ("select * from counted", "select * from elsewhere", "last line is not"),
        ("select * from counted", "select * from counted order by 1", "last line is not"),
    ],
)
def test_a_model_out_of_style_is_named(tmp_path: Path, replaced: str, by: str, complaint: str) -> None:
    assert replaced in MODEL
    done = measured(tmp_path, good=MODEL, bad=MODEL.replace(replaced, by))
    assert done.returncode == 1
    assert f"bad.sql: {complaint}" in done.stderr
    assert "good.sql" not in done.stderr


def long(lines: int) -> str:
    return MODEL.replace("        customer_id,\n", "        customer_id,\n" * (lines - 12), 1)


@pytest.mark.parametrize(
    ("lengths", "complaints"),
    [
        ([27, 27, 27], []),
        ([31, 31, 15], ["median 31 lines"]),
        ([15] * 9 + [61], []),
        ([15] * 8 + [61, 61], ["p90 61 lines"]),
        ([15] * 19 + [80], []),
        ([15] * 19 + [81], ["81 lines, over 80"]),
    ],
)
def test_too_long_is_refused_by_median_p90_and_maximum(
    tmp_path: Path, lengths: list[int], complaints: list[str]
) -> None:
    done = measured(tmp_path, **{f"model_{index}": long(lines) for index, lines in enumerate(lengths)})
    assert done.returncode == int(bool(complaints))
    assert len(done.stderr.splitlines()) == len(complaints)
    assert all(complaint in done.stderr for complaint in complaints)


def test_a_folder_without_models_is_an_error(tmp_path: Path) -> None:
    assert measured(tmp_path).returncode == 2
