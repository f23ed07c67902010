"""How long is an analyst's loop: seconds of `dbt build --select <model>` on the services of `make up`.

    python benchmarks/one_model.py [--select path:models/gold] [--target local]

Builds each model of a selection alone, with its unit tests and data tests, as one would type it. The last line holds
their median against the goal of 10 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

PROJECT = Path(__file__).parents[1]
GOAL = 10.0


def dbt(*words: str) -> str:
    """What dbt says; ends the benchmark with it where dbt fails."""
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", *words, "--profiles-dir", "profiles"]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout or done.stderr)
    return done.stdout


def seconds(model: str, target: str) -> float:
    began = time.perf_counter()
    dbt("build", "--target", target, "--select", model)
    return time.perf_counter() - began


def main(
    select: Annotated[str, typer.Option(help="Which models, as dbt selects.")] = "path:models/silver path:models/gold",
    target: str = "local",
) -> None:
    """Print the seconds of each model, how many are over the goal, and their median against it."""
    listed = dbt("ls", "--target", target, "--resource-type", "model", "--output", "name", "--select", *select.split())
    found = {model: seconds(model, target) for model in listed.split()}
    for model, took in sorted(found.items(), key=lambda item: item[1]):
        print(f"{took:6.1f} s  {model}")
    median, over = statistics.median(found.values()), sum(took > GOAL for took in found.values())
    print(f"{over} of {len(found)} over {GOAL:.0f} s; median {median:.1f} s, ratio {median / GOAL:.2f}")


if __name__ == "__main__":
    typer.run(main)
