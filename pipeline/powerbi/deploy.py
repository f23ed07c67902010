"""Publish the semantic model and the report to a workspace, with Microsoft's own fabric-cicd.

https://microsoft.github.io/fabric-cicd
"""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.powerbi.project import FOLDER

ENVIRONMENTS = ("dev", "test", "prod")
ITEMS = ["SemanticModel", "Report"]
NEEDED = ("SYNAPSE_SERVER", "SYNAPSE_DATABASE")


def check(environment: str, folder: Path = FOLDER) -> None:
    """Raises PipelineError for an unknown environment, a variable that is not set, a parameter file that is wrong."""
    if environment not in ENVIRONMENTS:
        raise PipelineError(f"{environment} is none of {', '.join(ENVIRONMENTS)}")
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        raise PipelineError(f"set {' and '.join(missing)}: the warehouse that {environment} reads")
    _library()
    from fabric_cicd._common._exceptions import InputError, ParameterFileError
    from fabric_cicd._parameter._utils import validate_parameter_file  # as Microsoft's own debug scripts import it

    try:
        valid = validate_parameter_file(f"{folder}", ITEMS, environment)
    except (InputError, ParameterFileError) as error:
        raise PipelineError(f"{folder / 'parameter.yml'}: {error}") from error
    if not valid:
        raise PipelineError(f"{folder / 'parameter.yml'} is not what fabric-cicd takes; its log above says why")


def _library() -> None:
    """fabric-cicd, reading $ENV:NAME in the parameter file. Raises PipelineError where it is not installed."""
    try:
        from fabric_cicd import append_feature_flag, disable_file_logging
    except ImportError as error:
        raise PipelineError("fabric-cicd is not installed; run: uv sync --group deploy") from error
    disable_file_logging()
    append_feature_flag("enable_environment_variable_replacement")


def publish(environment: str, workspace: str) -> None:
    """Publish both to the workspace of that name, as whoever is signed in to Azure. Raises PipelineError."""
    check(environment)
    from azure.identity import DefaultAzureCredential
    from fabric_cicd import FabricWorkspace, publish_all_items

    target = FabricWorkspace(
        workspace_name=workspace,
        repository_directory=f"{FOLDER}",
        item_type_in_scope=ITEMS,
        environment=environment,
        token_credential=DefaultAzureCredential(),
    )
    publish_all_items(target)
