"""Texts of records: JSON and CSV, of a message of a hub or of a file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from local_azure.stream_analytics.errors import JobError

BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
LARGEST_FIELD = 2**31 - 1
"""Characters of a CSV field; Python's own limit is 131,072."""
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_space = re.compile(r"[ \t\r\n]*")
_scan = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def objects(body: bytes) -> list[bytes]:
    """The objects of a body: one, an array of them, or several one after the other, each as it is written.

    "Json input stream should either be an array of objects or line separated objects" (Microsoft Learn, "Azure Stream
    Analytics data errors", InvalidData). Raises ValueError for anything else; what is inside of an object is not looked
    at where an array holds it.
    """
    body = body.removeprefix(BOM).strip(b" \t\r\n")
    try:
        found = [bytes(each) for each in _elements(body)] if body[:1] == b"[" else list(_one_by_one(body.decode()))
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ValueError("it is no UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if any(each[:1] != b"{" for each in found):
        raise ValueError("it holds something else than objects")
    return found


def _one_by_one(body: str) -> Iterator[bytes]:
    place = 0
    while place < len(body):
        _, end = _scan(body, place)
        yield body[place:end].encode("utf-8", "surrogatepass")
        place = _space.match(body, end).end()  # type: ignore[union-attr]


def text(path: Path) -> str:
    """A file of the project as text. Raises JobError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise JobError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise JobError(f"{path} is no UTF-8") from error


def read(path: Path, what: str) -> bytes:
    """A file's bytes. Raises JobError for one that cannot be read, or is packed."""
    try:
        found = path.read_bytes()
    except OSError as error:
        raise JobError(f"{what}: cannot read {path}: {error.strerror}") from error
    if found.startswith(GZIP):
        raise JobError(f"{what}: {path} is packed by gzip; unpack it")
    return found


def json_objects(path: Path, what: str) -> list[bytes]:
    """The objects of a file, each as it is written. Raises JobError."""
    try:
        return objects(read(path, what))
    except ValueError as error:
        raise JobError(f"{what}: {path} is no JSON of objects: {error}") from error


def json_records(path: Path, what: str) -> list[dict[str, Any]]:
    """The records of a file of JSON. Raises JobError."""
    try:
        return [msgspec.json.decode(each) for each in json_objects(path, what)]
    except (msgspec.MsgspecError, RecursionError) as error:
        raise JobError(f"{what}: {path} is no JSON: {error}") from error


def csv_records(path: Path, what: str, delimiter: str) -> tuple[list[str], list[dict[str, str]]]:
    """The names of a CSV file's header, and its rows by them. Raises JobError.

    A name twice is an error (Microsoft Learn, "Azure Stream Analytics data errors", InvalidHeader), and so is a row of
    more fields than names, which would be lost; one of fewer has nulls.
    """
    try:
        whole = read(path, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JobError(f"{what}: {path} is no UTF-8") from error
    csv.field_size_limit(LARGEST_FIELD)
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(reader, [])
        if len({name.lower() for name in names}) < len(names):
            raise JobError(f"{what}: {path} names a column twice in its header")
        return names, [_row(names, fields, f"{what}: {path}, line {reader.line_num}") for fields in reader if fields]
    except csv.Error as error:
        raise JobError(f"{what}: {path}, line {reader.line_num} is no CSV: {error}") from error


def _row(names: list[str], fields: list[str], where: str) -> dict[str, str]:
    if len(fields) > len(names):
        raise JobError(f"{where} has {len(fields)} fields, and the header {len(names)}")
    return dict(zip(names, fields, strict=False))
