"""Where tests of the models take raw events from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..conftest import PROJECT, Pipeline


@pytest.fixture(scope="session")
def raw_tables(built: None, pipeline: Pipeline) -> Path:
    """What a sample landed in the lake: of this session's own pipeline, or with RUNNING_STACK=1 of `make up`."""
    state = PROJECT / ".local" if os.environ.get("RUNNING_STACK") else pipeline.state
    found = next(state.glob("sample-*/lake/raw"), None)
    if found is None:
        pytest.skip("the raw events of a sample are needed")
    return found
