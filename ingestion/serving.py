"""`serve`: the server's process, from its settings to its clean end."""

from __future__ import annotations

import signal
import socket

import uvicorn
from opentelemetry.exporter.prometheus import PrometheusMetricReader

from ingestion import source_file
from ingestion.errors import IngestionError
from ingestion.intake import Intake
from ingestion.publisher import Namespace, Publisher
from ingestion.secret import resolved_webhook
from ingestion.serve import Push, create_app
from ingestion.telemetry import Telemetry, log, providers

GRACE = 60
"""Seconds for requests that were taken, once the end was asked for."""


def serve(
    sources: list[str],
    token: str,
    namespace: Namespace,
    hub: str,
    dead_letter_hub: str,
    host: str,
    port: int,
    most: int,
) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises IngestionError for settings that cannot be."""
    read = [resolved_webhook(source_file.read(each)) for each in sources]
    if not token and not read:
        raise IngestionError("nothing to serve: set INGESTION_TOKEN for /events, or name a source with a webhook")
    namespace.producer(hub).close()  # an address that cannot be one is told now
    intake = Intake(lambda: Publisher(namespace, hub=hub, dead_letter_hub=dead_letter_hub))
    app = create_app(Push(read, token, most), intake, Telemetry(*providers(PrometheusMetricReader())))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=30, limit_concurrency=200,
    )  # fmt: skip
    listener = _listener(host, port)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn hands its signal on when it is done
        signal.signal(number, lambda *_: None)
    log("info", "listening", address=f"http://{host}:{port}", webhooks=[each.name for each in read])
    with listener:
        uvicorn.Server(config).run(sockets=[listener])
    log("info", "stopped; everything that was taken is answered")


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise IngestionError(
            f"port {port} of {host}: {error.strerror}; free it, or choose another with --port"
        ) from None
    return listener
