"""The keys and values of sp_set_session_context, for SESSION_CONTEXT.

Source: Microsoft Learn, "sp_set_session_context", "SESSION_CONTEXT".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from local_azure.synapse.errors import SqlError


@dataclass
class SessionContext:
    """Of one session; keys are blind to case, as names are."""

    _values: dict[str, str] = field(default_factory=dict)
    _locked: set[str] = field(default_factory=set)

    def set(self, key: str, value: Any, *, locked: bool) -> None:
        """None takes the key away. Raises SqlError 15664 for one that was set to stay."""
        name = key.lower()
        if name in self._locked:
            text = f"Cannot set key '{key}' in the session context. The key has been set as read_only for this session."
            raise SqlError(15664, text)
        self._values.pop(name, None)
        if value is not None:
            self._values[name] = str(value)
        if locked:
            self._locked.add(name)

    def clear(self) -> None:
        self._values.clear()
        self._locked.clear()

    def __str__(self) -> str:
        """As JSON, which DuckDB reads."""
        return json.dumps(self._values)
