"""Customer API -> Event Hubs. Deployable alone: `python -m ingestion --help`."""
