"""Which Delta tables a job can write: none newer than reader 1, writer 2, and none with a table feature.

Source: Microsoft Learn, "Write to Delta Lake table" (write-to-delta-lake), limitations: deletion vectors and other
features of newer Delta Lake are not supported. A workspace may switch them on for each new table.
"""

from __future__ import annotations

from deltalake import DeltaTable

from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.written_protocol import READER, WRITER


def refuse_newer_protocol(alias: str, table: DeltaTable) -> None:
    """Raises JobError for a table whose protocol or features the job does not write."""
    found = table.protocol()
    features = sorted({*(found.reader_features or []), *(found.writer_features or [])})
    if found.min_reader_version > READER or found.min_writer_version > WRITER:
        raise JobError(
            f"{alias}: the Delta table at {table.table_uri} has protocol {found.min_reader_version}/"
            f"{found.min_writer_version} ({', '.join(features) or 'no features'}); Stream Analytics writes "
            f"{READER}/{WRITER}: create it with 'delta.enableDeletionVectors' = 'false', as "
            "stream_analytics/tables/lake.sql does"
        )
