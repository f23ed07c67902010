"""What does the demo take of memory and disk, and does its memory follow the number of events?

    python benchmarks/memory.py [--events 20000 --events 1000000] [--seed 42]

Runs `pipeline demo` once a size, each in a folder of its own, and reads the peak of the resident memory of each process
twice a second (Linux alone: VmHWM, proc_pid_status(5)). Prints it by kind of process, what all kinds take if their
peaks meet, and what the folder takes of disk at the most (read every ten seconds); the last line is the ratio of the
largest size to the smallest, where a pipeline that holds its events would come near the ratio of the sizes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Annotated

import typer

PROJECT = Path(__file__).parents[1]
EVERY = 0.5
DISK_EVERY = 10
SPARK = "Spark"


def family(pid: int, above: str = "") -> Iterator[tuple[int, str]]:
    """A process and all that it started, as far as they still run, and what each is in the pipeline.

    Java's forks are Spark: until they run another program, they show Java's memory and no name.
    """
    kind = above if above == SPARK else name(pid)
    yield pid, kind
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(children).split():
            yield from family(int(child), kind)


def name(pid: int) -> str:
    """What a process is in the pipeline."""
    words = _read(Path(f"/proc/{pid}/cmdline")).split("\0")
    if words[0].endswith("java"):
        return SPARK
    modules = [word.removeprefix("local_azure.") for word in words if word.startswith("local_azure.")]
    return next(iter(modules), "dbt" if any(word.endswith("/dbt") for word in words) else "pipeline and ingestion")


def peak(pid: int) -> int:
    """Kilobytes of resident memory at the highest; 0 of a process that has ended."""
    for line in _read(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def held(folder: Path) -> int:
    """Bytes of disk that a folder takes; a file that goes while it is read counts as nothing."""
    run = subprocess.run(["du", "--summarize", "--block-size=1", str(folder)], stdout=-1, stderr=-3, text=True)
    return int(run.stdout.split()[0])


def measure(events: int, seed: int) -> int:
    """Kilobytes of one demo from an empty state, all kinds of process together."""
    found: dict[str, int] = defaultdict(int)
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "pipeline", "demo", "--events", f"{events}", "--seed", f"{seed}"]
        process = subprocess.Popen(words, cwd=PROJECT, env=os.environ | {"PIPELINE_STATE": folder})
        disk, read_at = 0, time.monotonic()
        while process.poll() is None:
            if time.monotonic() - read_at > DISK_EVERY:
                disk, read_at = max(disk, held(Path(folder))), time.monotonic()
            for pid, kind in family(process.pid):
                found[kind] = max(found[kind], peak(pid))
            time.sleep(EVERY)
        if process.returncode:
            raise SystemExit(f"the demo of {events:,} events failed")
        report = json.loads((Path(folder) / "demo" / "reconciliation.json").read_text())
    print(f"\n{events:,} events: {sum(report['seconds'].values()):.0f} s", flush=True)
    for kind, kilobytes in sorted(found.items(), key=itemgetter(1)):
        print(f"{kilobytes / 2**20:8.2f} GB  {kind}")
    print(f"{sum(found.values()) / 2**20:8.2f} GB  together")
    print(f"{disk / 2**30:8.2f} GB  disk", flush=True)
    return sum(found.values())


def main(
    events: Annotated[list[int], typer.Option(help="Sizes, smallest first.")] = [20_000, 1_000_000],  # noqa: B006
    seed: int = 42,
) -> None:
    """Print the peak memory of each size and the ratio of the largest to the smallest."""
    together = [measure(size, seed) for size in events]
    print(f"ratio {together[-1] / together[0]:.2f}, of {events[-1] / events[0]:.0f} times the events")


if __name__ == "__main__":
    typer.run(main)
