"""Round after round of both dbt builds, where something is new. A round that fails leaves the marts of the last good
one, which still serve."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local_azure import stack
from local_azure.stack import Workspace
from pipeline import dbt, news, stream
from pipeline.dbt import BUILD, LAKEHOUSE, WAREHOUSE
from pipeline.errors import PipelineError, ended


@dataclass(frozen=True)
class Round:
    """One build: when it began, how many events had landed by then, what dbt said, why it failed if it did."""

    number: int
    began: datetime
    landed: int
    seconds: float
    said: str
    fault: str | None = None


@dataclass
class Rounds:
    """`landed` counts the events in the lake; `build` makes the marts of them and tells how far it is; `stands` says
    whether an earlier run already built what is there now."""

    landed: Callable[[], int]
    build: Callable[[Callable[[str], None]], str]
    stands: Callable[[], bool] = lambda: False
    done: list[Round] = field(default_factory=list)
    held: int = 0
    """How many events had landed when the marts that serve were begun."""
    quiet: int = 0
    """Rounds without news, for which dbt was not started: no event landed since the last good one."""
    doing: str = "waiting for the first events"

    @property
    def good(self) -> Round | None:
        """The last round whose marts serve."""
        return next((one for one in reversed(self.done) if one.fault is None), None)

    def once(self) -> Round | None:
        """Build what is new; None where nothing is."""
        began, clock, landed, said, fault = datetime.now(UTC), time.monotonic(), self.held, "", None
        try:
            landed = self.landed()
            if landed == self.held or (self.good is None and self.stands()):
                self.held, self.quiet = landed, self.quiet + 1
                self.doing = "no news since the last good round" if landed else "waiting for the first events"
                return None
            said = self.build(self._tell)
            self.held = landed
        except (PipelineError, OSError) as error:  # such as a full disk
            fault = str(error)
        made = Round(len(self.done) + 1, began, landed, time.monotonic() - clock, said, fault)
        self.done.append(made)
        self.doing = "waiting for the next round"
        return made

    def _tell(self, what: str) -> None:
        self.doing = what


def landed(workspace: Workspace) -> int:
    """Events that every output of the stream holds durably. Raises PipelineError where a service ended: dbt's client
    would try for a quarter of an hour to reach a lakehouse that is gone."""
    gone = stack.SERVICES.keys() - stack.running(workspace.root).keys()
    if gone:
        raise ended(workspace, min(gone))
    return stream.count(stream.landed(stream.progress(workspace)))


def build(workspace: Workspace) -> Callable[[Callable[[str], None]], str]:
    """Both halves, as `pipeline refresh` builds them, and a note of what they hold; gives what dbt said of each."""

    def both(tell: Callable[[str], None]) -> str:
        said, raw = [], news.landed(workspace)  # what lands meanwhile is news for the next round
        for half in (LAKEHOUSE, WAREHOUSE):
            tell(f"{half.name}: starting dbt")
            said.append(dbt.run(half, workspace, *BUILD, tell=lambda done, of, what: tell(f"{done} of {of}: {what}")))
        news.keep(workspace, raw)
        return added(said)

    return both


def added(summaries: list[str]) -> str:
    """`PASS=407 WARN=0 ...` of several builds as one."""
    total: dict[str, int] = {}
    for summary in summaries:
        for word in summary.split():
            name, _, count = word.partition("=")
            total[name] = total.get(name, 0) + int(count)
    return " ".join(f"{name}={count}" for name, count in total.items())
