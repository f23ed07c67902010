"""What the tables show, at any width."""

from __future__ import annotations

import pytest

from pipeline import terminal

ROW = {
    "what": "marketing.subscription.changed.v1",
    "issued": 39_072,
    "duplicates_issued": 766,
    "silver": 38_912,
    "dead_lettered": 160,
    "quarantined": 12,
    "ok": True,
}


def test_the_demos_table_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.report([ROW], "Events")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2].split() == ["what", "issued", "copies", "silver", "lettered", "quarantined", "ok"]
    assert lines[3].split() == [ROW["what"], "39,072", "766", "38,912", "160", "12", "✓"]


def test_no_figure_is_cut_where_the_terminal_is_too_narrow(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.report([ROW | {"silver": 12_345_678_901, "issued": 12_345_678_901}], "Events")
    assert capsys.readouterr().out.split().count("12,345,678,901") == 2
