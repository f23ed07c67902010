"""docs/sources.md, walked: its own commands, as they are written, give what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from .._ports import free_port
from ._services import Namespace

GUIDE = Path(__file__).parents[3] / "docs" / "sources.md"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")]


def commands() -> list[str]:
    """The guide's indented blocks, in order."""
    return [
        textwrap.dedent(block).strip()
        for block in re.findall(r"(?:^(?: {4}.*)?\n)+", GUIDE.read_text(), re.M)
        if block.strip()
    ]


class Reader:
    """Someone in a shell who types what the guide says, in a folder of their own."""

    def __init__(self, folder: Path, hub: str) -> None:
        self.folder, self._port = folder, str(free_port())
        self._environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "EVENT_HUBS_CONNECTION_STRING": hub,
            "SHOP_URL": f"http://127.0.0.1:{self._port}",
        }

    def types(self, text: str, *, code: int = 0) -> str:
        """What the shell prints; the job that the guide leaves running is ended with the test."""
        text = text.replace("/tmp/shop", str(self.folder))  # noqa: S108 - as the guide has it
        text = text.replace("3000", self._port)
        output = self.folder / "said"
        with output.open("wb") as said:
            done = subprocess.run(
                ["bash", "-e", "-c", text], stdout=said, stderr=said, env=self._environment, timeout=300,
                cwd=self.folder,
            )  # fmt: skip
        assert done.returncode == code, output.read_text()
        return output.read_text()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    (tmp_path / "shop").mkdir()
    hub = Namespace(tmp_path / "hub")
    yield Reader(tmp_path / "shop", hub.connection)
    subprocess.run(["pkill", "-f", f"{tmp_path}/shop/node_modules/.bin/json-server"], check=False)
    hub.end()


def test_whoever_follows_the_guide_attaches_an_api_and_mends_a_dead_letter(reader: Reader) -> None:
    make_api, write_file, check, _, run, _, letters = commands()
    reader.types(make_api)
    reader.types(write_file)
    said = reader.types("until curl -s $SHOP_URL > /dev/null; do sleep 0.2; done; " + check, code=1)
    assert "sales.order.placed.v1 basket-7 of M1 at 2026-02-01T09:00:00Z" in said
    assert "dead letter: time 'yesterday' is no moment with an offset" in said
    once = run.splitlines()[0]
    assert "3 events, 1 dead letters from 2 pages" in reader.types(once)
    assert "0 events, 0 dead letters from 2 pages (4 unchanged)" in reader.types(once)
    read, _, replay = letters.splitlines()
    reader.types(read)
    assert "1 still bad" in reader.types(replay, code=1)
    reader.types("sed -i s/yesterday/2026-01-07T10:00:00Z/g letters.jsonl")
    assert "1 sent, 0 sent before, 0 still bad" in reader.types(replay)
    assert "0 sent, 1 sent before, 0 still bad" in reader.types(replay)
