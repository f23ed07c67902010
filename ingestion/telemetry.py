"""Metrics and traces by OpenTelemetry, and logs as JSON lines; none of them holds a record or tells of a person.

Nothing is sent anywhere unless OTEL_EXPORTER_OTLP_ENDPOINT says where (opentelemetry.io, OTLP Exporter Configuration).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from ingestion import __version__
from ingestion.ingest import Progress
from ingestion.publisher import Publisher


class Telemetry:
    """Counters and spans of ingestion over given providers."""

    def __init__(self, meters: metrics.MeterProvider, traces: trace.TracerProvider) -> None:
        meter = meters.get_meter("ingestion", __version__)
        self._tracer = traces.get_tracer("ingestion", __version__)
        self._events = meter.create_counter("ingestion.events", "1", "events that the hub acknowledged")
        self._letters = meter.create_counter("ingestion.dead_letters", "1", "dead letters that the hub acknowledged")
        self._retries = meter.create_counter("ingestion.retries", "1", "requests that had to be sent again")
        self._fill = meter.create_gauge("ingestion.batch_fill", "1", "mean share of a batch's limit that was used")
        self._passes = meter.create_histogram("ingestion.pass.duration", "s", "seconds from a pass's start to its end")
        self._lag = meter.create_gauge("ingestion.lag", "s", "seconds since the source was last read to its end")
        self._whole = time.time()

    @contextmanager
    def a_pass(self, source: str) -> Iterator[_Span]:
        """Trace one pass; what it did is told by `finish`."""
        with self._tracer.start_as_current_span("ingestion.pass", attributes={"ingestion.source": source}) as span:
            yield _Span(self, span, source)

    def count(self, source: str, events: int, letters: int) -> None:
        """Events and dead letters that the hub holds."""
        self._events.add(events, {"source": source})
        self._letters.add(letters, {"source": source})

    def retried(self, cause: str, wait: float) -> None:
        """A request is sent again after `wait` seconds."""
        self._retries.add(1, {"cause": cause if cause.startswith("HTTP ") else "connection"})
        self.warning("the API is asked again", cause=cause, wait=round(wait, 2))

    def finished(self, source: str, seconds: float, fill: float) -> None:
        """A pass came to its end."""
        now = time.time()
        self._passes.record(seconds, {"source": source})
        self._lag.set(now - self._whole, {"source": source})
        self._fill.set(fill, {"source": source})
        self._whole = now

    def warning(self, message: str, **more: Any) -> None:
        """One JSON line on standard error, for who reads logs by machine."""
        log("warning", message, **more)


class _Span:
    def __init__(self, telemetry: Telemetry, span: trace.Span, source: str) -> None:
        self._telemetry, self._span, self._source, self._begun = telemetry, span, source, time.monotonic()

    def finish(self, done: Progress, publisher: Publisher) -> None:
        for name, value in vars(done).items():
            self._span.set_attribute(f"ingestion.{name}", value)
        self._telemetry.count(self._source, done.events, done.dead_letters)
        fill = publisher.fill / publisher.batches if publisher.batches else 0.0
        self._telemetry.finished(self._source, time.monotonic() - self._begun, fill)


@cache
def telemetry() -> Telemetry:
    """The process's one, as the environment says."""
    return Telemetry(*providers())


def providers(*readers: MetricReader) -> tuple[MeterProvider, TracerProvider]:
    """Providers that export by OTLP over HTTP where the environment says to, and to `readers`."""
    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "ingestion")})
    exporting, traces = list(readers), TracerProvider(resource=resource)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporting.append(PeriodicExportingMetricReader(OTLPMetricExporter()))
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return MeterProvider(exporting, resource), traces


def log(level: str, message: str, **more: Any) -> None:
    """One JSON line on standard error: time, level, message, and what else is given."""
    line = {"time": datetime.now(UTC).isoformat(), "level": level, "message": message, **more}
    print(json.dumps(line), file=sys.stderr, flush=True)
