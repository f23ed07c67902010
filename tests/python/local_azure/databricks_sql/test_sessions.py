"""Sessions of one engine keep their settings to themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import JARS, ROOT

# A second session, of which a name is looked up while the first one is what its thread has active
PROGRAM = """
import sys
from pathlib import Path
from local_azure.databricks_sql import _scripts
from local_azure.databricks_sql._spark import Engine

state = Path(sys.argv[1])
(state / "tmp").mkdir(parents=True)
engine = Engine(state, sorted(Path(sys.argv[2]).glob("*.jar")), {})
engine.warm_up()
first = engine.session()
first.createDataFrame([(1,)], "a int").createOrReplaceTempView("shown")
second = engine.session()
second.catalog.setCurrentDatabase("default")
second.sql("create table merged (id int) using delta")
first.conf.set("spark.databricks.delta.v2.enableMode", "STRICT")
second.sql("merge into merged t using (select 1 as id) s on t.id = s.id when not matched then insert *")
print(second.sql("select count(*) from merged").collect()[0][0])
_scripts.parse(first, "begin declare continue handler for sqlexception begin end; select 1; end")
print("parsed")
engine.stop()
"""


@pytest.mark.slow
def test_a_merge_and_a_script_are_read_by_the_settings_of_their_own_session(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, f"{tmp_path / 'state'}", f"{JARS}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.split() == ["1", "parsed"]
