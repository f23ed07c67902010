"""Customer API -> Event Hubs. Deployable alone: `python -m ingestion --help`."""

__version__ = "0.1.0"
