"""Addresses and credentials of the services on this machine.

The credentials are well known, as Azurite's and the Event Hubs emulator's are: they keep another
program from connecting by accident and guard nothing. Every service binds to 127.0.0.1.
Each value can be replaced by the environment variable of the same name.
"""

from __future__ import annotations

import os
import sys


def _read(name: str, default: str) -> str:
    return os.environ.get(name) or default


def _port(name: str, default: int) -> int:
    """Ends the command where the variable holds no port: nothing here could go on."""
    given = _read(name, f"{default}")
    if not (given.isascii() and given.isdigit() and 0 < int(given) < 65536):
        sys.exit(f"{name}={given} is no port: give a number from 1 to 65535, or unset it for {default}")
    return int(given)


HOST = "127.0.0.1"

CUSTOMER_API_PORT = _port("LOCAL_CUSTOMER_API_PORT", 14300)
EVENT_HUBS_PORT = _port("LOCAL_EVENT_HUBS_PORT", 14310)
DATABRICKS_SQL_PORT = _port("LOCAL_DATABRICKS_SQL_PORT", 14320)
SYNAPSE_PORT = _port("LOCAL_SYNAPSE_PORT", 14330)
DASHBOARD_PORT = _port("LOCAL_DASHBOARD_PORT", 14340)

CUSTOMER_API_TOKEN = _read("LOCAL_CUSTOMER_API_TOKEN", "local-customer-api-token")
EVENT_HUBS_KEY_NAME = _read("LOCAL_EVENT_HUBS_KEY_NAME", "RootManageSharedAccessKey")
EVENT_HUBS_KEY = _read("LOCAL_EVENT_HUBS_KEY", "bG9jYWwtZXZlbnQtaHVicy1rZXk=")
DATABRICKS_SQL_TOKEN = _read("LOCAL_DATABRICKS_SQL_TOKEN", "local-databricks-sql-token")
SYNAPSE_USER = _read("LOCAL_SYNAPSE_USER", "pipeline")
SYNAPSE_PASSWORD = _read("LOCAL_SYNAPSE_PASSWORD", "Local-synapse-passw0rd")
SYNAPSE_READER = _read("LOCAL_SYNAPSE_READER", "reader")
SYNAPSE_READER_PASSWORD = _read("LOCAL_SYNAPSE_READER_PASSWORD", "Local-reader-passw0rd")
SYNAPSE_DATABASE = "warehouse"

# What abfss:// addresses of the lake look like here; the endpoints map this prefix to a folder.
LAKE_URL = "abfss://lake@local.dfs.core.windows.net"


def dashboard_address(port: int = DASHBOARD_PORT) -> str:
    """Where people open the dashboard."""
    return f"http://{HOST}:{port}"


def event_hubs_connection_string(port: int | None = None, key: str = EVENT_HUBS_KEY) -> str:
    """Connection string of the Event Hubs namespace, as the emulator's; `port` is EVENT_HUBS_PORT if none is given.

    https://learn.microsoft.com/azure/event-hubs/test-locally-with-event-hub-emulator
    """
    return (
        f"Endpoint=sb://{HOST}:{port or EVENT_HUBS_PORT};SharedAccessKeyName={EVENT_HUBS_KEY_NAME};"
        f"SharedAccessKey={key};UseDevelopmentEmulator=true;"
    )
