"""Where Microsoft's ODBC driver is, and how to reach the local pool with it.

The driver comes with the package mssql-python-odbc; unixODBC (apt install unixodbc) loads it.
"""

from __future__ import annotations

import importlib.resources
import platform
from pathlib import Path

from local_azure import settings

DRIVER_NAME = "ODBC Driver 18 for SQL Server"


class DriverMissing(Exception):
    """No driver of the package fits this machine."""


def driver() -> str:
    """The path of libmsodbcsql-18 for this machine. Raises DriverMissing."""
    libraries = Path(str(importlib.resources.files("mssql_python_odbc"))) / "libs" / "linux"
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = sorted((libraries / _family() / machine / "lib").glob("libmsodbcsql-18*.so*"))
    if not found:
        raise DriverMissing(f"mssql-python-odbc has no driver for {_family()} on {machine}; install msodbcsql18.")
    return str(found[-1])


def _family() -> str:
    """The package's folder for this distribution."""
    try:
        words = platform.freedesktop_os_release()
    except OSError:
        return "debian_ubuntu"
    names = {words.get("ID", ""), *words.get("ID_LIKE", "").split()}
    if "alpine" in names:
        return "alpine"
    if names & {"rhel", "fedora", "centos"}:
        return "rhel"
    return "suse" if names & {"suse", "sles", "opensuse"} else "debian_ubuntu"


def connection_string(
    *,
    port: int = settings.SYNAPSE_PORT,
    user: str = settings.SYNAPSE_USER,
    password: str = settings.SYNAPSE_PASSWORD,
    database: str = settings.SYNAPSE_DATABASE,
    encrypt: bool = False,
) -> str:
    """A connection string for pyodbc, the driver named by its path, so that nothing need be configured."""
    return (
        f"DRIVER={{{driver()}}};SERVER={settings.HOST},{port};DATABASE={database};UID={user};PWD={{{password}}};"
        f"Encrypt={'yes' if encrypt else 'no'};TrustServerCertificate=yes"
    )


def link_driver(folder: Path) -> Path:
    """Make `folder`/lib/msodbcsql18.so, a stable name for the driver, beside its messages; returns its path.

    A dbt profile may name it relative to the folder dbt runs in (`driver: .local/odbc/lib/msodbcsql18.so`):
    unixODBC takes a name with a slash for a file, so that no configuration and no variable is needed.
    """
    library = Path(driver())
    (folder / "lib").mkdir(parents=True, exist_ok=True)
    link = folder / "lib" / "msodbcsql18.so"
    _point(link, library)
    _point(folder / "share", library.parent.parent / "share")
    return link


def _point(link: Path, target: Path) -> None:
    """Make or move a symbolic link in one step."""
    part = link.with_name(f".{link.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(link)


def write_odbcinst(folder: Path) -> Path:
    """Write `folder`/odbcinst.ini, which names the driver as Microsoft's installer does; returns its path.

    unixODBC reads it where ODBCSYSINI is that folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "odbcinst.ini"
    path.write_text(f"[{DRIVER_NAME}]\nDescription=Microsoft ODBC Driver 18 for SQL Server\nDriver={driver()}\n")
    return path
