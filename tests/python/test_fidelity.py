"""The page of fidelity is what the suites declare, and says so when it is not."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "fidelity"


def _loaded() -> Any:
    loader = SourceFileLoader("fidelity", str(SCRIPT))
    spec = spec_from_loader("fidelity", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["fidelity"] = module  # where its dataclass looks for its names
    loader.exec_module(module)
    return module


fidelity = _loaded()


def test_the_page_is_what_the_suites_declare() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stale_page_is_told_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "FIDELITY.md"
    monkeypatch.setattr(fidelity, "ROOT", tmp_path)
    monkeypatch.setattr(fidelity, "PAGE", page)
    monkeypatch.setattr(fidelity, "collected", list)
    assert fidelity.main(["--check"]) == 1
    assert "FIDELITY.md is stale" in capsys.readouterr().err
    assert fidelity.main([]) == fidelity.main(["--check"]) == 0
    page.write_text(page.read_text() + "more")
    assert fidelity.main(["--check"]) == 1
    assert fidelity.main(["--nothing"]) == 2


class _Item:
    """What the script asks of a test."""

    def __init__(self, name: str, *markers: pytest.Mark, **params: Any) -> None:
        self.originalname, self.markers = name, markers
        self.path = fidelity.TESTS / "synapse" / "test_x.py"
        self.callspec = type("CallSpec", (), {"params": params})

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [marker for marker in self.markers if marker.name == name]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next(iter(self.iter_markers(name)), None)


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (_Item("test_it_reads", pytest.mark.client("a tool").mark), "| a tool | it reads |"),
        (_Item("test_a_value", expression="ABS(-1)", wanted=1), "- a value: 1\n\nFunctions in them: ABS."),
        (_Item("test_a_batch", batch="SELECT 1", wanted=[(1,)]), "- a batch: 1"),
        (_Item("test_a_batch", batch="EXEC x", wanted=2812), "**Refused**, as the service does:\n\n- 2812: `EXEC x`"),
        (_Item("test_refused", sql="a\n b", number=103010), "- 103010: `a b`"),
        (_Item("test_refused", sql="x`", error="NOT\\(THERE"), "- NOT(THERE: `` x` ``"),
        (_Item("test_refused", sql="KILL 1", number=40517), "**Missing**: `KILL 1`"),
        (_Item("test_no_such_token", pytest.mark.missing.mark), "**Missing**: `no such token`"),
    ],
)
def test_a_test_stands_where_it_belongs(item: Any, line: str) -> None:
    assert line in fidelity.page(fidelity.read([item]))


def test_a_program_s_case_stands_beside_the_other_programs() -> None:
    clients = {name: type("Client", (), {"name": name}) for name in ("go", "java")}
    tried = [("go", "bulk_load"), ("java", "bulk_load"), ("go", "cancel")]
    items = [_Item("test_a_case", client=clients[name], case=case) for name, case in tried]
    text = fidelity.page(fidelity.read(items))
    assert "| case | go | java |\n|---|---|---|\n| bulk load | works | works |\n| cancel | works |  |" in text
