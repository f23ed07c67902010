"""Starting and stopping services: here with processes that note when they end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_azure import stack
from local_azure.stack import STREAM, Workspace

# ends on SIGTERM, `pause` seconds later, with a line in `ended`
PROCESS = """
import signal, sys, time
name, pause, ended = sys.argv[1], float(sys.argv[2]), sys.argv[3]
def end(*_):
    time.sleep(pause)
    open(ended, "a").write(name + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
"""


@contextmanager
def running(workspace: Workspace, name: str, pause: float) -> Iterator[None]:
    """A process in the place of a service."""
    words = [sys.executable, "-c", PROCESS, name, f"{pause}", f"{workspace.root / 'ended'}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        stack._remember(workspace, name, process.pid)
        yield


def test_the_stream_ends_before_the_hub_that_it_reads_from(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, "here")
    (tmp_path / "run").mkdir()
    with running(workspace, "event_hubs", pause=0), running(workspace, STREAM, pause=0.5):
        assert set(stack.stop(tmp_path)) == {"event_hubs", STREAM}
    assert (tmp_path / "ended").read_text().split() == [STREAM, "event_hubs"]
    assert not stack.running(tmp_path)
