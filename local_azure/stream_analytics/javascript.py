"""JavaScript functions of a project, UDF.name(...) and UDA.name(...), on QuickJS: no network, no files, bounded.

Values change their types as "JavaScript user-defined functions in Azure Stream Analytics" says; what its table does not
name stops the job. Aggregates are those of "JavaScript user-defined aggregates in Azure Stream Analytics".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import quickjs

from local_azure.stream_analytics import texts
from local_azure.stream_analytics.errors import JobError

SECONDS, MEMORY = 5, 256 * 2**20
"""What one call over a vector of rows may take: CPU time, and bytes."""
SCRIPT = re.compile("javascript|js", re.IGNORECASE)
_DECLARED = re.compile(r"\bfunction\s+([A-Za-z_$][\w$]*)")
_RUNNER = (Path(__file__).parent / "javascript.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Function:
    """A function of the project; `output` is the type that it declares, in lower case, or any."""

    name: str
    script: str
    aggregate: bool = False
    output: str = "any"

    @property
    def sql(self) -> str:
        """DuckDB's name for it."""
        return sql_name(("uda." if self.aggregate else "udf.") + self.name)


def sql_name(call: str) -> str:
    """DuckDB's name for what a query calls `UDF.name`; functions are found without regard to case."""
    return call.lower().replace(".", "_")


def compiled(function: Function) -> Callable[[pa.Array], pa.Array]:
    """A function over a vector: each text is a call (an aggregate's: an array of them), each result JSON text.

    QuickJS counts references and looks for cycles by itself: a collection behind each call would take most of the time.
    Raises JobError.
    """
    run = _run(function)
    run.set_memory_limit(MEMORY)
    run.set_time_limit(SECONDS)

    def vector(calls: pa.Array) -> pa.Array:
        try:
            results = json.loads(run(f"[{','.join(calls.to_pylist())}]", run_gc=False))
        except (quickjs.JSException, quickjs.StackOverflow) as error:
            raise JobError(f"function {function.name}: {_reason(error)}") from error
        return pa.array([None if text == "null" else text for text in results], pa.string())

    return vector


def _run(function: Function) -> Any:
    """The script is one function, or some declarations: then the function is that of its name, `main`, or the first."""
    declared = _DECLARED.findall(function.script)
    names = [name for name in (function.name, "main", *declared[:1]) if name in declared]
    forms = [f"({function.script}\n)", *(f"(() => {{ {function.script}\n; return {name} }})()" for name in names[:1])]
    for form in forms:
        try:
            _evaluate(form)
            return quickjs.Function(
                "run", f"{_RUNNER}\nglobalThis.run = runner({form}, {json.dumps(function.output)});"
            )
        except quickjs.JSException as error:
            reason = _reason(error)
    raise JobError(f"function {function.name}: {reason}")


def _evaluate(script: str) -> None:
    """Run a script once by itself, bounded as its calls are: quickjs.Function knows limits only once it has run it."""
    context = quickjs.Context()
    context.set_memory_limit(MEMORY)
    context.set_time_limit(SECONDS)
    context.eval(script)


def _reason(error: Exception) -> str:
    line = _first_line(error)
    return f"stopped after {SECONDS} seconds" if line == "InternalError: interrupted" else line


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def load(path: Path, kind: str) -> Function:
    """A function as a project's file declares it: a script, or JSON with or beside a script.

    Read are the shape of Visual Studio and VS Code (Name, OutputType, JSCode), that of the REST API
    (properties.properties.binding), and a script alone. Raises JobError for another language, KeyError for too little.
    """
    if path.suffix.lower() == ".js":
        return _function(path.stem, texts.text(path), "any", kind)
    content = _content(path)
    name = str(content.get("Name") or content.get("FunctionAlias") or content.get("name") or path.name.split(".")[0])
    inner = _lower(_lower(content).get("properties"))
    inner = _lower(inner.get("properties")) or inner
    binding = _lower(inner.get("binding"))
    language = str(binding.get("type") or kind)
    if not SCRIPT.search(language):
        raise JobError(f"function {name}: {language} is not run here, JavaScript is")
    output = content.get("OutputType") or _lower(inner.get("output")).get("datatype") or "any"
    script = content.get("JSCode") or _lower(binding.get("properties")).get("script") or _beside(path, content)
    return _function(name, str(script), str(output).lower(), language)


def _content(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(texts.text(path), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise JobError(f"{path} is no JSON of a function: {error}") from error


def _lower(content: Any) -> dict[str, Any]:
    return {key.lower(): value for key, value in content.items()} if isinstance(content, dict) else {}


def _beside(path: Path, content: dict[str, Any]) -> str:
    named = content.get("FilePath") or content.get("ScriptPath") or f"{path.name.split('.')[0]}.js"
    return texts.text(path.parent / str(named).replace("\\", "/").rpartition("/")[2])


def _function(name: str, script: str, output: str, kind: str) -> Function:
    return Function(name, script, "uda" in kind.lower() or ".accumulate" in script, output)
