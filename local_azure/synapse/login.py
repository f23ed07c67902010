"""PRELOGIN and LOGIN7: encryption is agreed on, then user, password and database are checked."""

from __future__ import annotations

import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from local_azure.synapse import tokens
from local_azure.synapse.errors import SqlError

ENCRYPT_OFF, ENCRYPT_ON, ENCRYPT_NOT_SUPPORTED, ENCRYPT_REQUIRED = 0, 1, 2, 3
_VERSION, _ENCRYPTION, _INSTANCE, _THREAD, _MARS = 0, 1, 2, 3, 4
_TDS_VERSIONS = {0x74000004, 0x73000B03, 0x73000A03, 0x72090002}


@dataclass(frozen=True)
class Login:
    """What a client says of itself in LOGIN7 (MS-TDS 2.2.6.4)."""

    tds_version: int
    packet_size: int
    user: str
    password: str
    application: str
    database: str
    host: str = ""


def client_encryption(prelogin: bytes) -> int:
    """The ENCRYPTION option of a PRELOGIN message (MS-TDS 2.2.6.5)."""
    at = 0
    while at + 5 <= len(prelogin) and prelogin[at] != 0xFF:
        option, offset, length = struct.unpack_from(">BHH", prelogin, at)
        if option == _ENCRYPTION and length:
            return int(prelogin[offset])
        at += 5
    return ENCRYPT_NOT_SUPPORTED


def answer_encryption(wanted: int) -> int:
    """All of the connection, the login alone (ENCRYPT_OFF), or nothing, as the client wants (MS-TDS 2.2.6.5)."""
    return ENCRYPT_ON if wanted == ENCRYPT_REQUIRED else wanted


def prelogin_answer(encryption: int) -> bytes:
    """Version 12.0, the encryption agreed on, MARS off."""
    values = [
        (_VERSION, bytes([12, 0, 0x07, 0xD0, 0, 0])), (_ENCRYPTION, bytes([encryption])), (_INSTANCE, b"\x00"),
        (_THREAD, b""), (_MARS, b"\x00"),
    ]  # fmt: skip
    offset = 5 * len(values) + 1
    head, body = b"", b""
    for option, value in values:
        head += struct.pack(">BHH", option, offset + len(body), len(value))
        body += value
    return head + b"\xff" + body


def parse_login(data: bytes) -> Login:
    """Raises ValueError for a message too short."""
    if len(data) < 94:
        raise ValueError("LOGIN7 ends within its header")
    version, packet_size = struct.unpack_from("<II", data, 4)

    def text(at: int, *, hidden: bool = False) -> str:
        offset, length = struct.unpack_from("<HH", data, at)
        raw = data[offset : offset + 2 * length]
        return (_reveal(raw) if hidden else raw).decode("utf-16-le")

    return Login(version, packet_size, text(40), text(44, hidden=True), text(48), text(68), text(36))


def _reveal(raw: bytes) -> bytes:
    """A password's bytes are XORed with A5 and their halves swapped."""
    return bytes(((b ^ 0xA5) << 4 | (b ^ 0xA5) >> 4) & 0xFF for b in raw)


def check(login: Login, passwords: Mapping[str, str], database: str) -> None:
    """`passwords` by user. Raises SqlError 18456 for a wrong user or password, 4060 for another database."""
    known = {user.lower(): password for user, password in passwords.items()}.get(login.user.lower(), "")
    if not hmac.compare_digest(login.password.encode(), known.encode()) or not known:
        raise SqlError(18456, f"Login failed for user '{login.user}'.", 14)
    if login.database and login.database.lower() != database.lower():
        raise SqlError(4060, f'Cannot open database "{login.database}" requested by the login. The login failed.', 11)


def accepted(login: Login, database: str, packet_size: int) -> bytes:
    """The response to a good login."""
    version = login.tds_version if login.tds_version in _TDS_VERSIONS else 0x74000004
    return b"".join(
        [
            tokens.changed(tokens.DATABASE, database, "master"),
            tokens.info(f"Changed database context to '{database}'.", 5701),
            tokens.changed_collation(),
            tokens.changed(tokens.LANGUAGE, "us_english"),
            tokens.login_acknowledged(version),
            tokens.changed(tokens.PACKET_SIZE, str(packet_size), "4096"),
            tokens.done(tokens.DONE, 0),
        ]
    )
