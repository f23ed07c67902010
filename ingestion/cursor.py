"""Where each resource of a source stopped: one small file, or one blob, that one run at a time may move.

A file is locked and replaced in one step. A blob is leased (learn.microsoft.com, "Lease Blob") and written only while
its ETag is the one that was read, so that a run that lost its lease cannot write over another's.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from ingestion.deadline import within
from ingestion.errors import IngestionError, Unavailable

LEASE = 60
"""Seconds; a run that was killed holds its lease no longer."""
PATIENCE = LEASE + 5
"""Seconds to wait for another run's lease: longer than one that was killed holds it."""
BLOB_DEADLINE = 30.0


class Position(Struct):
    """Where one resource stopped."""

    page: dict[str, Any] | None = None
    """The request for the next page of an open pass, or of a stream; None for the first one."""
    open: bool = False
    """Whether a pass was broken off: the next run goes on with it."""
    start: str | int | float | None = None
    """The value that the open pass began with."""
    highest: str | int | float | None = None
    """The greatest value of the incremental's member so far."""
    seen: list[str] = []
    """What the last pass gave, by hash: not sent again as long as it does not change."""


class State(Struct):
    """The positions of one source."""

    source: str
    resources: dict[str, Position] = {}


class Store(Protocol):
    """A place for one state, held by this run alone."""

    def load(self) -> bytes | None: ...

    def save(self, content: bytes) -> None: ...


class Cursor:
    """The state of one source in its store."""

    def __init__(self, store: Store, where: str, source: str) -> None:
        self._store, self._where, self._lock = store, where, threading.Lock()
        self.state = self._loaded(source)

    def _loaded(self, source: str) -> State:
        content = self._store.load()
        if content is None:
            return State(source)
        try:
            state = msgspec.json.decode(content, type=State)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise IngestionError(
                f"{self._where} is damaged ({error}); remove it to read the API from the start"
            ) from None
        if state.source != source:
            raise IngestionError(f"{self._where} belongs to {state.source}; give --cursor another place")
        return state

    def of(self, resource: str) -> Position:
        return self.state.resources.get(resource) or Position()

    def save(self, resource: str, position: Position) -> None:
        """Keep where a resource stopped, durable when this returns. Raises IngestionError."""
        with self._lock:
            self.state.resources[resource] = position
            self._store.save(msgspec.json.encode(self.state))


@contextmanager
def opened(place: str, source: str) -> Iterator[Cursor]:
    """The cursor at a path or at the https:// address of a blob, held until the block ends.

    Raises IngestionError if another run holds it, if it is damaged, or of another source.
    """
    with _blob(place) if place.startswith(("http://", "https://")) else _file(Path(place)) as store:
        yield Cursor(store, place, source)


class _File:
    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IngestionError(f"cannot read the cursor {self._path}: {error.strerror}") from None

    def save(self, content: bytes) -> None:
        part = self._path.with_name(f".{self._path.name}.part")
        try:
            with open(part, "wb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            _sync(self._path.parent)
        except OSError as error:
            raise IngestionError(f"cannot write the cursor {self._path}: {error.strerror}") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _file(path: Path) -> Iterator[Store]:
    lock_path = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = open(lock_path, "w", opener=_private)  # noqa: SIM115 - held while the block runs
    except OSError as error:
        raise IngestionError(f"cannot write the cursor {path}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IngestionError(f"another run holds the cursor {path}; wait for it, or stop it") from None
        yield _File(path)


class _Blob:
    """A leased blob; a thread renews the lease."""

    def __init__(self, client: Any, place: str) -> None:
        self._client, self._place = client, place
        self._lease: Any = None
        self._etag = ""
        self._stop, self._lost = threading.Event(), False

    def acquire(self) -> None:
        """Raises IngestionError where another run keeps the lease for longer than one that was killed would."""
        from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError

        try:
            self._client.upload_blob(b"", overwrite=False)
        except (ResourceExistsError, ResourceModifiedError):
            pass
        except HttpResponseError as error:
            if error.status_code != 412:
                raise
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._lease = self._client.acquire_lease(LEASE)
                break
            except HttpResponseError as error:
                if error.status_code != 409:
                    raise
                if time.monotonic() > until:
                    raise IngestionError(
                        f"another run holds the cursor {self._place}; wait for it, or stop it"
                    ) from None
                time.sleep(2)
        threading.Thread(target=self._renew, daemon=True).start()

    def _renew(self) -> None:
        while not self._stop.wait(LEASE / 3):
            try:
                self._lease.renew()
            except Exception:  # whatever it was, the next save finds the lease lost or not
                self._lost = True

    def load(self) -> bytes | None:
        from azure.core.exceptions import AzureError

        def download() -> tuple[str, bytes]:
            blob = self._client.download_blob(lease=self._lease)
            return blob.properties.etag, blob.readall()

        try:
            self._etag, content = within(BLOB_DEADLINE, download, f"the cursor {self._place} was not read")
        except AzureError as error:
            raise _away(self._place, error) from None
        return content or None

    def save(self, content: bytes) -> None:
        from azure.core import MatchConditions
        from azure.core.exceptions import AzureError

        def upload() -> Any:
            return self._client.upload_blob(
                content,
                overwrite=True,
                lease=self._lease,
                etag=self._etag,
                match_condition=MatchConditions.IfNotModified,
            )

        try:
            self._etag = within(BLOB_DEADLINE, upload, f"the cursor {self._place} was not written")["etag"]
        except AzureError as error:  # a connection that breaks is no HttpResponseError
            if getattr(error, "status_code", None) in (404, 409, 412):
                raise IngestionError(f"another run took the cursor {self._place}; this one stops") from None
            raise _away(self._place, error) from None

    def release(self) -> None:
        self._stop.set()
        if self._lease is not None:
            try:
                within(BLOB_DEADLINE, self._lease.release, "the lease was not given back")
            except Exception:
                return  # it ends by itself


@contextmanager
def _blob(place: str) -> Iterator[Store]:
    from azure.core.exceptions import AzureError

    blob = _Blob(_client(place), place)
    try:
        blob.acquire()
    except AzureError as error:
        raise _away(place, error) from None
    try:
        yield blob
    finally:
        blob.release()


def _client(place: str) -> Any:
    """By AZURE_STORAGE_CONNECTION_STRING where that is set (Azurite), else as who this process is in Entra ID."""
    from azure.identity import DefaultAzureCredential
    from azure.storage.blob import BlobClient

    options: dict[str, Any] = {"retry_total": 3, "connection_timeout": 10, "read_timeout": 20, "logging_enable": False}
    try:
        blob = BlobClient.from_blob_url(place)
        if connection := os.environ.get("AZURE_STORAGE_CONNECTION_STRING"):
            return BlobClient.from_connection_string(connection, blob.container_name, blob.blob_name, **options)
        return BlobClient.from_blob_url(place, DefaultAzureCredential(), **options)
    except ValueError as error:
        raise IngestionError(f"--cursor {place}: {error}") from None


def _away(place: str, error: Exception) -> Unavailable:
    said = next(iter(str(error).splitlines()), type(error).__name__)
    return Unavailable(f"the cursor's blob {place} cannot be used: {said[:200]}")
