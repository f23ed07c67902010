"""A step's process does not outlive the step."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline.child import lines_of

TALK = "import time\nprint('begun', flush=True)\ntime.sleep(600)"


def test_a_process_ends_with_the_step_that_is_interrupted() -> None:
    process = subprocess.Popen([sys.executable, "-c", TALK], stdout=subprocess.PIPE, text=True)
    with pytest.raises(KeyboardInterrupt), lines_of(process) as lines:
        assert next(lines) == "begun\n"
        raise KeyboardInterrupt
    assert process.returncode is not None
