"""AT TIME ZONE: Windows' names of time zones and what they do to a moment.

Source: Microsoft Learn, "AT TIME ZONE (Transact-SQL)", Remarks; CLDR's table of Windows' names, which Babel keeps.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {str(name).lower(): str(zone) for name, zone in get_global("windows_zone_mapping").items()}


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    """Raises the error 9820 for a name that Windows does not know."""
    found = _known().get(name.lower())
    if found is None:
        raise ValueError(f"[[9820]]The time zone parameter '{name}' provided to AT TIME ZONE clause is invalid.")
    return ZoneInfo(found)


def moment(local: dt.datetime, zone: str) -> dt.datetime:
    """The UTC of a zone's clock: in the hour that is skipped and in the one that comes twice, by the offset before."""
    return local.replace(tzinfo=_zone(zone), fold=0).astimezone(dt.UTC).replace(tzinfo=None)


def shift(utc: dt.datetime, zone: str) -> int:
    """The minutes of a zone's offset at a moment in UTC."""
    offset = utc.replace(tzinfo=dt.UTC).astimezone(_zone(zone)).utcoffset() or dt.timedelta()
    return int(offset.total_seconds() // 60)
