"""Secrets are names, `${ENV}` or `${https://<vault>.vault.azure.net/secrets/<name>}`; no file or log holds a value."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from ingestion.deadline import within
from ingestion.errors import IngestionError
from ingestion.source_file import Section, Source

_REFERENCE = re.compile(r"\$\{([^${}]+)\}")
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_VAULT = re.compile(r"(https://[A-Za-z0-9.-]+)/secrets/([A-Za-z0-9-]+)(?:/([0-9a-f]+))?\Z")
VAULT_DEADLINE = 60.0
Part = TypeVar("Part", bound=Section)


def resolved(source: Source) -> Source:
    """The source with the references of `client` and of each `endpoint` replaced. Raises IngestionError for what is not
    set."""
    resources = [msgspec.structs.replace(each, endpoint=_resolved(each.endpoint)) for each in source.resources]
    return msgspec.structs.replace(source, client=_resolved(source.client), resources=resources)


def resolved_webhook(source: Source) -> Source:
    """The source with the references of its `webhook` replaced. Raises IngestionError where it has none."""
    if source.webhook is None:
        raise IngestionError(f"{source.name} has no webhook; its file says nothing of one")
    return msgspec.structs.replace(source, webhook=_resolved(source.webhook))


def _resolved(section: Part) -> Part:
    return msgspec.convert(_filled(msgspec.to_builtins(section)), type(section))


def references(value: Any) -> list[str]:
    """The names that a value refers to, in order."""
    if isinstance(value, dict):
        return [name for each in value.values() for name in references(each)]
    if isinstance(value, list):
        return [name for each in value for name in references(each)]
    return _REFERENCE.findall(value) if isinstance(value, str) else []


def masked(content: bytes, words: Iterable[str]) -> bytes:
    """Without these words, plain, URL-encoded in whatever part, or with slashes as PHP's JSON escapes them."""
    for word in sorted(words, key=len, reverse=True):
        forms = [rb"(?:\\?%b|(?i:%%%02x))" % (re.escape(bytes([each])), each) for each in word.encode()]
        content = re.sub(b"".join(forms), b"***", content)
    return content


def _filled(value: Any, look_up: Callable[[str], str] | None = None) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, look_up) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, look_up) for each in value]
    return _REFERENCE.sub(lambda found: (look_up or secret)(found[1]), value) if isinstance(value, str) else value


def secret(name: str) -> str:
    """The value of a variable or of a secret in Key Vault. Raises IngestionError, which never tells the value."""
    if vault := _VAULT.match(name):
        return _from_vault(*vault.groups())
    if not _ENVIRONMENT.match(name):
        raise IngestionError(f"${{{name}}} names neither a variable nor a secret of Key Vault")
    value = os.environ.get(name)
    if not value:
        raise IngestionError(f"{name} is not set; the source's file refers to it")
    if not value.isprintable():
        raise IngestionError(f"{name} holds characters that no secret has, such as an end of line")
    return _from_vault(*vault.groups()) if (vault := _VAULT.match(value)) and "/secrets/" in value else value


def _from_vault(url: str, name: str, version: str | None) -> str:
    from azure.core.exceptions import AzureError  # only where one is used
    from azure.identity import DefaultAzureCredential
    from azure.keyvault.secrets import SecretClient

    def ask() -> str:
        with DefaultAzureCredential() as credential, SecretClient(url, credential) as client:
            return client.get_secret(name, version).value or ""

    try:
        return within(VAULT_DEADLINE, ask, f"Key Vault {url} does not answer")
    except AzureError as error:
        raise IngestionError(f"Key Vault {url} does not give {name}: {str(error).splitlines()[0][:200]}") from None
