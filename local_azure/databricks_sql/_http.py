"""Thrift over HTTP and the REST API on 127.0.0.1, behind a bearer token."""

from __future__ import annotations

import errno
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local_azure.databricks_sql._errors import StartError
from local_azure.databricks_sql._handlers import Handlers
from local_azure.databricks_sql._rest import API, Answer, Rest
from local_azure.databricks_sql._rest_statements import RESULTS
from local_azure.databricks_sql._thrift import Malformed, Processor
from local_azure.settings import HOST


class Server(ThreadingHTTPServer):
    """Listens on HOST. Raises StartError if the port is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, token: str) -> None:
        self.token = token
        self.processor: Processor | None = None
        self.rest: Rest | None = None
        try:
            super().__init__((HOST, port), _Request)
        except OSError as error:
            raise StartError(_why_not(port, error)) from error

    def serve(self, handlers: Handlers) -> None:
        """Answer requests until `shutdown` is called."""
        self.processor = Processor(handlers)
        self.rest = Rest(handlers, f"http://{HOST}:{self.server_address[1]}")
        self.serve_forever()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may go away while it is answered, which is no error; anything else is told with its trace."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {HOST} is taken: stop what listens there or choose another with --port"
    return f"cannot listen on {HOST}:{port}: {error.strerror}"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """One Thrift call, or a request of the REST API, which says in its own words what it does not know."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._is_allowed():
            self._refuse()
        elif self.path.startswith(API):
            self._answer_api(body)
        elif self.command == "POST" and self.path.startswith("/sql/"):
            self._answer_call(body)
        else:
            self._answer(404, "text/plain", b"not found")

    do_PUT = do_PATCH = do_DELETE = do_POST

    def do_GET(self) -> None:
        """A request of the REST API, or the address where clients look for how to log in: there is no OAuth here."""
        if self.path.startswith("/.well-known/databricks-config"):
            self._answer(200, "application/json", json.dumps({"host_type": "workspace"}).encode())
        elif self.path.startswith(RESULTS) and self.server.rest is not None:
            self._send(self.server.rest.result(self.path))
        elif not self.path.startswith(API):
            self._answer(404, "text/plain", b"not found")
        elif self._is_allowed():
            self._answer_api(b"")
        else:
            self._refuse()

    def _answer_api(self, body: bytes) -> None:
        assert self.server.rest is not None  # noqa: S101  requests are answered only by serve()
        self._send(self.server.rest.answer(self.command, self.path, body))

    def _send(self, answer: Answer) -> None:
        self._answer(answer.status, answer.kind, answer.body)

    def _answer_call(self, body: bytes) -> None:
        assert self.server.processor is not None  # noqa: S101  requests are answered only by serve()
        try:
            answer = self.server.processor.call(body, self.path)
        except Malformed as error:
            self._answer(400, "text/plain", f"no Thrift call: {error}".encode())
        else:
            self._answer(200, "application/x-thrift", answer)

    def _is_allowed(self) -> bool:
        sent = self.headers.get("Authorization") or ""
        return hmac.compare_digest(sent.encode(), f"Bearer {self.server.token}".encode())

    def _refuse(self) -> None:
        """403 with the header from which the connector takes its error text."""
        reason = "wrong token: the profile's token must be the one the endpoint was started with"
        kind, body = "text/plain", reason
        if self.path.startswith(API):
            kind, body = "application/json", json.dumps({"error_code": "PERMISSION_DENIED", "message": reason})
        self._answer(403, kind, body.encode(), {"x-databricks-reason-phrase": reason})

    def _answer(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: Spark's log has the statements that fail."""
