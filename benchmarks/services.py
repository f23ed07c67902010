"""A service of one machine as a process, as a benchmark needs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_azure.status import read_status


@contextmanager
def served(service: str, state: Path, *options: str) -> Iterator[None]:
    """`python -m local_azure.<service>`, ready, until the block ends. Raises SystemExit where it does not start."""
    with subprocess.Popen([sys.executable, "-m", f"local_azure.{service}", "--state", f"{state}", *options]) as process:
        try:
            while not (read_status(state) or {}).get("ready"):
                if process.poll() is not None:
                    raise SystemExit(f"{service} did not start")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
