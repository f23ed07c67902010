"""Who may read and write which container of the lake: one small file, the one that Terraform gives roles by.

```yaml
warehouse reads what is published: {identity: warehouse, role: Storage Blob Data Reader, scope: lake}
```

A pool reads as its own identity, here `warehouse`, where a credential says so, else as whoever asks: a login is the
identity of its name. A scope is a container's name; other scopes and roles are not the warehouse's to know.

Source: Microsoft Learn, "Azure built-in roles for Storage"; "Grant permissions to workspace managed identity"; "Copy
and transform data in Azure Synapse Analytics", External file access failed, for the words of 105019.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_azure.synapse.errors import SqlError

POOL_IDENTITY = "warehouse"
FIELDS = {"identity", "role", "scope"}
WRITERS = frozenset({"Storage Blob Data Contributor", "Storage Blob Data Owner"})
READERS = WRITERS | {"Storage Blob Data Reader"}


class BadRoles(Exception):
    """One line: which file, which entry, what is wrong with it."""


@dataclass(frozen=True)
class Roles:
    """What was granted: (identity, role, scope)."""

    granted: frozenset[tuple[str, str, str]]

    def require(self, identity: str, url: str, *, writes: bool) -> None:
        """Raises SqlError 105019 where an identity holds no role that reads (or writes) an address's container."""
        container = url.partition("://")[2].partition("@")[0]
        if not any((identity, role, container) in self.granted for role in (WRITERS if writes else READERS)):
            raise SqlError(
                105019,
                "External file access failed due to internal error: 'Error occurred while accessing HDFS: Java "
                "exception raised on call to HdfsBridge_IsDirExist. Java exception message: HdfsBridge::isDirExist - "
                "Unexpected error encountered checking whether directory exists or not: AbfsRestOperationException: "
                'Operation failed: "This request is not authorized to perform this operation using this permission.", '
                f"403, HEAD, {url}' ('{identity}' needs the role Storage Blob Data "
                f"{'Contributor' if writes else 'Reader'} on '{container}'.)",
            )


def read(path: Path) -> Roles:
    """Raises BadRoles for a file that is not there, or holds anything but named grants."""
    try:
        found = yaml.safe_load(path.read_text())
    except OSError as error:
        raise BadRoles(f"Cannot read {path}: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise BadRoles(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise BadRoles(f"{path} holds no grants, such as `why: {{identity: ..., role: ..., scope: ...}}`.")
    return Roles(frozenset(_grant(path, name, grant) for name, grant in found.items()))


def _grant(path: Path, name: object, grant: Any) -> tuple[str, str, str]:
    if not isinstance(grant, dict) or set(grant) != FIELDS or not all(isinstance(v, str) for v in grant.values()):
        raise BadRoles(f"{path}: '{name}' needs identity, role and scope, each a text, and nothing else.")
    return grant["identity"].lower(), grant["role"], grant["scope"]
