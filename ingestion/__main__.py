"""`python -m ingestion`: one run from the saved cursor to the end of the API."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ingestion.customer_api import CustomerApi
from ingestion.errors import IngestionError
from ingestion.ingest import Progress, ingest
from ingestion.publisher import Publisher


def run(
    api_url: Annotated[str, typer.Option(envvar="CUSTOMER_API_URL", help="Address of the customer API.")],
    api_token: Annotated[str, typer.Option(envvar="CUSTOMER_API_TOKEN", help="Its bearer token.", show_default=False)],
    connection: Annotated[
        str, typer.Option(envvar="EVENT_HUBS_CONNECTION_STRING", help="Connection string of the namespace.")
    ],
    cursor: Annotated[Path, typer.Option(envvar="INGESTION_CURSOR", help="File that keeps the position.")],
    source: Annotated[str, typer.Option(help="What this API is called in its events.")] = "/customer-api",
    hub: Annotated[str, typer.Option(help="Event hub for events.")] = "customer-events",
    dead_letter_hub: Annotated[str, typer.Option(help="Event hub for what cannot be an event.")] = "dead-letters",
    updated_since: Annotated[
        str | None, typer.Option(help="On the first run: only records of this moment or later.")
    ] = None,
    page_size: Annotated[int, typer.Option(min=1, max=1000, help="Records a page.")] = 1000,
) -> None:
    """Send what is new in the customer API to Event Hubs, then stop.

    Killed at any moment, the next run continues: the cursor moves only after the broker acknowledged.
    Records that break their contract go to the dead-letter hub with the reason and their original bytes.
    """
    logging.getLogger("azure").setLevel(logging.ERROR)
    try:
        with (
            closing(CustomerApi(api_url, api_token, page_size=page_size)) as api,
            Publisher(connection, hub=hub, dead_letter_hub=dead_letter_hub) as publisher,
        ):
            done = ingest(
                api, publisher, source=source, cursor_file=cursor, updated_since=updated_since, on_page=_tell
            )  # fmt: skip
    except IngestionError as error:
        typer.secho(f"ingestion: {error}", err=True, fg="red")
        raise typer.Exit(1) from None
    typer.echo(f"{done.events} events, {done.dead_letters} dead letters from {done.pages} pages")


def _tell(progress: Progress) -> None:
    if progress.pages % 10 == 0:
        typer.echo(f"{progress.events} events, {progress.dead_letters} dead letters so far")


if __name__ == "__main__":
    typer.run(run)
