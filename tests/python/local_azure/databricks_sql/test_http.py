"""What the endpoint's HTTP server says, and does not say, on its own standard error."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from local_azure.databricks_sql._http import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """It listens and has no engine: what needs one fails."""
    made = Server(0, "token")
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def sent(server: Server, request: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.server_address[1]))
    client.sendall(request)
    return client


def test_a_client_that_goes_away_leaves_no_trace(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    client = sent(server, b"POST /sql/ HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by a reset
    client.close()
    answered(server)
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_endpoint_is_told(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    call = b"POST /sql/ HTTP/1.1\r\nAuthorization: Bearer token\r\nContent-Length: 1\r\n\r\nx"
    with sent(server, call) as client:
        assert client.recv(100) == b""
    answered(server)
    assert "AssertionError" in capfd.readouterr().err


def answered(server: Server) -> None:
    """Once a later request has its answer, the one before was dealt with."""
    with sent(server, b"GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n") as client:
        assert client.recv(100).startswith(b"HTTP/1.1 404")
