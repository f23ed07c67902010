"""What a user of the command line may have to read."""

from __future__ import annotations

from local_azure.stack import Workspace


class PipelineError(Exception):
    """One line: the cause and the way out."""


def ended(workspace: Workspace, service: str) -> PipelineError:
    """The error for a service that is gone."""
    return PipelineError(f"{service} ended; see {workspace.state(service)}/service.log")
