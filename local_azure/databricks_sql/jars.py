"""The seven Delta Lake jars that pyspark does not carry: fetched once, checked, kept.

`python -m local_azure.databricks_sql.jars FOLDER` is what an installation runs. The files come from Maven
Central through Apache Ivy, which ships with pyspark; a mirror can be named with --ivy-settings.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import pyspark
import typer

from local_azure.databricks_sql._errors import StartError

# organisation, artifact, version -> SHA-256 of the jar as Maven Central publishes it.
JARS = {
    (
        "io.delta",
        "delta-spark_4.1_2.13",
        "4.3.1",
    ): "ebf35a4383f0a653c3ee3c7882c0edcac2f846be31ac61af4b96ccfaaf36c171",
    (
        "io.delta",
        "delta-storage",
        "4.3.1",
    ): "577c12c7e371be4c041714fb48e88ad86e3c3512beea2bdaffbe7a4debf79718",
    (
        "io.delta",
        "delta-kernel-api",
        "4.3.1",
    ): "b081b818d6f5686c7d6406588af72c9f8baf6765a41ada8197364aef90a260e8",
    (
        "io.delta",
        "delta-kernel-defaults",
        "4.3.1",
    ): "27471cca7dd7a36289af2c8d52d2babb37e9e5a13cdaaea76730120f4c72e62f",
    (
        "io.delta",
        "delta-kernel-unitycatalog",
        "4.3.1",
    ): "a288342b7e53da34a608a1a227c8109aa4681fcb582da499ed19347f2193362b",
    (
        "io.unitycatalog",
        "unitycatalog-client",
        "0.5.0",
    ): "9de6812122b411e74ee06c831dac5ccd5f87d69002c29170a37a8bce5e503615",
    (
        "io.unitycatalog",
        "unitycatalog-hadoop",
        "0.5.0",
    ): "baca7b2928afe2a1b1789b423ab817d5d4165218999a10ebeab4a8712683beb5",
}

# The resolver has no address: Ivy's default for an m2compatible resolver is Maven Central. The cache is our
# own, because a Maven cache of the user may hold a POM without its jar, which Ivy takes for a failed download.
_SETTINGS = """<ivysettings>
  <settings defaultResolver="maven"/>
  <caches defaultCacheDir="{cache}"/>
  <resolvers><ibiblio name="maven" m2compatible="true"/></resolvers>
</ivysettings>
"""


def java() -> str:
    """The Java launcher on PATH. Raises StartError if there is none."""
    found = shutil.which("java")
    if found is None:
        raise StartError("no Java on PATH: apt-get install openjdk-17-jre-headless")
    return found


def fetch(folder: Path, ivy_settings: Path | None = None) -> list[Path]:
    """The seven jars in `folder`, downloaded if one is missing or is not the published file.

    Raises StartError when a download failed or a file's SHA-256 is not the published one.
    """
    if not all(_is_published(folder, jar) for jar in JARS):
        _download(folder, ivy_settings)
    wrong = [_name(jar) for jar in JARS if not _is_published(folder, jar)]
    if wrong:
        raise StartError(f"not the published file: {', '.join(wrong)} in {folder}: delete it and fetch again")
    return [folder / _name(jar) for jar in JARS]


def _name(jar: tuple[str, str, str]) -> str:
    return f"{jar[1]}-{jar[2]}.jar"


def _is_published(folder: Path, jar: tuple[str, str, str]) -> bool:
    path = folder / _name(jar)
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == JARS[jar]


def _download(folder: Path, ivy_settings: Path | None) -> None:
    launcher = java()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            outcome = _run_ivy(launcher, folder, Path(work), ivy_settings)
    except OSError as error:
        raise StartError(f"cannot write the jars to {folder}: {error.strerror}") from error
    if outcome.returncode:
        raise StartError(f"jar download failed ({_cause(outcome.stdout)}): check the network, then try again")


def _run_ivy(launcher: str, folder: Path, work: Path, ivy_settings: Path | None) -> subprocess.CompletedProcess[str]:
    settings, module = work / "ivysettings.xml", work / "ivy.xml"
    settings.write_text(ivy_settings.read_text() if ivy_settings else _SETTINGS.format(cache=work / "cache"))
    module.write_text(_module())
    library = Path(pyspark.__path__[0]) / "jars"
    command = [launcher, "-cp", f"{next(library.glob('ivy-*.jar'))}", "org.apache.ivy.Main"]
    command += ["-settings", f"{settings}", "-ivy", f"{module}", "-confs", "default"]
    command += ["-retrieve", f"{folder}/[artifact]-[revision].[ext]", "-error"]
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def _module() -> str:
    """What is wanted, without what it depends on: pyspark has all of that already."""
    wanted = "".join(
        f'<dependency org="{org}" name="{name}" rev="{rev}" transitive="false" conf="default->master"/>'
        for org, name, rev in JARS
    )
    head = '<ivy-module version="2.0"><info organisation="local" module="jars"/>'
    head += '<configurations><conf name="default"/></configurations>'
    return f"{head}<dependencies>{wanted}</dependencies></ivy-module>"


def _cause(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "not found" in line or "FAILED" in line or "xception" in line]
    return (telling or lines or ["Ivy said nothing"])[0][:200]


def main(
    folder: Annotated[Path, typer.Argument(help="Where the jars are kept.")],
    ivy_settings: Annotated[
        Path | None, typer.Option(help="An ivysettings.xml that names a mirror instead of Maven Central.")
    ] = None,
) -> None:
    """Fetch the Delta Lake jars (13 MB) into FOLDER, unless they are there."""
    try:
        fetch(folder, ivy_settings)
    except StartError as error:
        typer.echo(f"databricks_sql: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{len(JARS)} jars in {folder}")


if __name__ == "__main__":
    typer.run(main)
