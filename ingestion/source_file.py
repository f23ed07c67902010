"""A source is a file, ingestion/sources/<name>.yml, in the names of dlt's rest_api (dlthub.com/docs, REST API source).

Read and judged as a whole before a request is sent; each error names the file, the place in it and the way out.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from ingestion.errors import IngestionError

FOLDER = Path(__file__).parent / "sources"
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}\Z")]
Seconds = Annotated[float, Meta(gt=0)]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what stands in a file: a misspelt name is an error."""


class Client(Section, frozen=True, kw_only=True):
    """How the API is reached; seconds, bytes, and pages are limits of one answer or one wait."""

    base_url: str
    headers: dict[str, str] = {}
    auth: dict[str, Any] | None = None
    paginator: dict[str, Any] | str | None = None
    patience: Seconds = 300
    """Seconds that one page may be tried again and waited for, Retry-After included."""
    page_deadline: Seconds = 120
    """Seconds for one answer, from the connection to its last byte."""
    max_page_bytes: Annotated[int, Meta(ge=1024)] = 64 * 1024 * 1024
    """Bytes of one answer after decompression."""
    max_empty_pages: Annotated[int, Meta(ge=1)] = 100
    """Pages without a record, one after another, after which the run counts as one without end."""


class Incremental(Section, frozen=True, kw_only=True):
    """Only what changed: the next run starts `lag` before the greatest value of the record's member `cursor_path`."""

    cursor_path: str
    initial_value: str | int | float | None = None
    end_value: str | int | float | None = None
    start_param: str | None = None
    end_param: str | None = None
    lag: Annotated[float, Meta(ge=0)] = 0
    """Seconds for times, units for numbers: late updates that the next run reads again."""


class ResponseAction(Section, frozen=True, kw_only=True):
    """An answer that is no error: `{status_code: 404, action: ignore}`."""

    status_code: int
    action: Literal["ignore"]


class Endpoint(Section, frozen=True, kw_only=True):
    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, Any] = {}
    json: dict[str, Any] | None = None
    headers: dict[str, str] = {}
    paginator: dict[str, Any] | str | None = None
    data_selector: str | None = None
    data_may_be_absent: bool = False
    """Whether an answer with nothing at `data_selector` is an empty page; else it is one that is broken."""
    incremental: Incremental | None = None
    response_actions: list[ResponseAction] = []


class EventMapping(Section, frozen=True, kw_only=True):
    """One event of a record: each value is a JMESPath expression; `type` may be a contract's name."""

    type: str
    id: str
    subject: str
    time: str
    data: dict[str, Any] | str
    source: str | None = None
    """Where the record itself names its source; the file's by default."""
    when: str | None = None


class Resource(Section, frozen=True, kw_only=True):
    name: Name
    endpoint: Endpoint
    events: list[EventMapping] = []
    include_from_parent: list[str] = []
    selected: bool = True


class Signature(Section, frozen=True, kw_only=True):
    """How a webhook proves who sent it: a scheme of HMAC with SHA-256, or a bearer token."""

    scheme: Literal["stripe", "shopify", "github", "bearer"]
    secret: str


class Webhook(Section, frozen=True, kw_only=True):
    """What is pushed to /webhooks/<source>: its records become events by the mapping of one of the resources."""

    signature: Signature
    resource: Name
    data_selector: str | None = None
    """Where in the body the record or the list of records stands, such as data.object; all of it by default."""


class Source(Section, frozen=True, kw_only=True):
    name: Name
    description: str = ""
    source: str = ""
    """What its events name as their source; `/<name>` by default."""
    client: Client
    resources: Annotated[list[Resource], Meta(min_length=1)]
    webhook: Webhook | None = None

    @property
    def uri(self) -> str:
        return self.source or f"/{self.name}"

    def resource(self, name: str) -> Resource:
        """Raises IngestionError for a name that is not in the file."""
        for each in self.resources:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.resources)
        raise IngestionError(f"{self.name} has no resource {name!r}; it has: {known}")


def shipped() -> list[Path]:
    """The files that come with the package, by name."""
    return sorted(FOLDER.glob("*.yml"))


def find(source: str) -> Path:
    """The file of a source given by name or by path. Raises IngestionError naming what there is."""
    path = Path(source)
    if path.suffix not in (".yml", ".yaml"):
        path = FOLDER / f"{source}.yml"
    if not path.is_file():
        names = ", ".join(each.stem for each in shipped())
        raise IngestionError(f"there is no source {source!r}; give the path of a .yml file, or one of: {names}")
    return path


def read(source: str) -> Source:
    """The source in a file, its secrets still names. Raises IngestionError with the place of what is wrong."""
    path = find(source)
    try:
        content = yaml.safe_load(path.read_bytes())
        made = msgspec.convert(_plain(content), Source)
        _agree(made)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise IngestionError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    except (msgspec.ValidationError, ValueError) as error:
        raise IngestionError(f"{path}: {error}") from None
    except OSError as error:
        raise IngestionError(f"cannot read {path}: {error.strerror}") from None
    return made


def _plain(value: Any) -> Any:
    """YAML makes dates of what looks like one; here they stay text."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _agree(source: Source) -> None:
    """What one section says of another. Raises ValueError."""
    names = [each.name for each in source.resources]
    if len(set(names)) < len(names):
        raise ValueError("two resources have one name")
    if not any(each.events for each in source.resources):
        raise ValueError("no resource has events: nothing would be sent")
    if source.webhook and source.webhook.resource not in names:
        raise ValueError(f"webhook.resource {source.webhook.resource!r} is none of: {', '.join(names)}")
