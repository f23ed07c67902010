"""Provider schemas, read back from the bindings that are generated of them.

Terraform's registry is not needed: each wheel of CDK Terrain on PyPI holds TypeScript "generated from terraform
resource schema", inside its source maps. It says of each argument whether it is required, optional or computed, its
type, and of each block how often it may stand. What it does not say (allowed values, rules between arguments) cannot
be judged.
"""

from __future__ import annotations

import base64
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

Block = dict[str, Any]

_SOURCE_MAP = "sourceMappingURL=data:application/json;base64,"
_GETTERS = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
}
_WORDS = {"string": "string", "boolean": "bool", "number": "number"}
_CLASS = re.compile(r"^export class (\w+) extends cdk\w+\.(\w+) \{$(.*?)^\}$", re.M | re.S)
_INTERFACE = re.compile(r"^export interface (\w+)(?: extends [\w.]+)? \{$(.*?)^\}$", re.M | re.S)
_TO_HCL = re.compile(r"^export function (\w+)ToHclTerraform\(.*?^\}$", re.M | re.S)
_HCL = re.compile(
    r"^ +(\w+): \{\s+value: .*?,\s+isBlock: (\w+),\s+type: \"(\w+)\",\s+storageClassType: \"(\w+)\",", re.M
)
_MEMBER = re.compile(
    r"^  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$(.*?)(?=^  // \w+ - computed:|\Z)", re.M | re.S
)
_READONLY = re.compile(r"^  readonly (\w+)(\??):", re.M)
_GETTER = re.compile(r"return (?:cdk\w+\.Token\.\w+\()?(cdk\w+\.Fn\.tolist\()?this\.(get\w+)\(")
_NESTED = re.compile(r"new (\w+?)(OutputReference|List|Map)\(this, \"\w+\"(?:, (true|false))?\)")


@dataclass(frozen=True)
class Written:
    """How one argument is written: as a block or not, in which collection, of which class."""

    is_block: bool
    collection: str
    storage: str


class Module:
    """One file of generated TypeScript: a resource, a data source or the provider itself."""

    def __init__(self, text: str) -> None:
        self._classes = {name: (base, body) for name, base, body in _CLASS.findall(text)}
        self._interfaces = dict(_INTERFACE.findall(text))
        self._hcl = {found[1].lower(): _written(found[0]) for found in _TO_HCL.finditer(text)}
        self.version = found[1] if (found := re.search(r"providerVersion: '([^']+)'", text)) else None
        self.kind, self.name, self.block = self._main()

    def _main(self) -> tuple[str, str, Block]:
        for base, body in self._classes.values():
            if base in {"TerraformResource", "TerraformDataSource", "TerraformProvider"}:
                found = re.search(r'tfResourceType = "(\w+)"', body)
                return base, found[1] if found else "", self._block(body, _written(body))
        return "", "", {}

    def _block(self, body: str, written: dict[str, Written]) -> Block:
        block: Block = {"attributes": {}, "blocks": {}}
        for name, computed, optional, required, rest in _MEMBER.findall(body):
            flags = {"computed": (computed, required) == ("true", "false"), "optional": optional == "true"}
            flags["required"] = required == "true"
            self._member(block, name, flags, rest, written.get(name))
        return block

    def _member(self, block: Block, name: str, flags: dict[str, bool], rest: str, how: Written | None) -> None:
        nested = _NESTED.search(rest)
        if (
            nested is None
            and how is not None
            and how.is_block
            and how.storage.removesuffix("List").lower() in self._hcl
        ):
            block["blocks"][name] = self._of_interface(how, flags["required"])
        elif nested is None:
            block["attributes"][name] = flags | {"type": _type(rest, how)}
        else:
            self._nested(block, name, flags, nested, how)

    def _nested(
        self, block: Block, name: str, flags: dict[str, bool], nested: re.Match[str], how: Written | None
    ) -> None:
        single = nested[2] == "OutputReference"
        if how is None or not how.is_block:  # only ever computed: an attribute of objects
            collection = {"OutputReference": "list", "Map": "map"}.get(
                nested[2], "set" if nested[3] == "true" else "list"
            )
            block["attributes"][name] = flags | {"type": [collection, self._item(nested[1])]}
            return
        inner = self._struct(nested[1])
        if how.collection == "struct" and name != "timeouts":
            block["attributes"][name] = flags | {"nesting": "single", "nested": inner}
        elif nested[2] == "Map":
            block["attributes"][name] = flags | {"nesting": "map", "nested": inner}
        else:
            nesting = "single" if how.collection == "struct" else how.collection
            block["blocks"][name] = _nested_block(
                inner, nesting, flags["required"], 1 if single and nesting != "single" else 0
            )

    def _item(self, name: str) -> Any:
        if f"{name}OutputReference" in self._classes:
            return _object(self._struct(name))
        return ["list", self._item(name.removesuffix("List"))]

    def _struct(self, name: str) -> Block:
        return self._block(self._classes[f"{name}OutputReference"][1], self._hcl.get(name.lower(), {}))

    def _of_interface(self, how: Written, required: bool) -> Block:
        """The provider's own blocks have no class; their interface says what they take. One of each may stand."""
        name = how.storage.removesuffix("List")
        inner: Block = {"attributes": {}, "blocks": {}}
        optional = {camel.lower(): mark == "?" for camel, mark in _READONLY.findall(self._interfaces[name])}
        for key, one in self._hcl[name.lower()].items():
            needed = not optional.get(key.replace("_", ""), True)
            if one.is_block:
                inner["blocks"][key] = self._of_interface(one, needed)
            else:
                flags = {"computed": False, "optional": not needed, "required": needed}
                inner["attributes"][key] = flags | {"type": _stored(one)}
        return _nested_block(inner, how.collection, required, 1)


def _nested_block(inner: Block, nesting: str, required: bool, most: int) -> Block:
    least = 1 if required and nesting != "single" else 0
    return {"nesting": nesting, "min": least, "max": most, "block": inner}


def _written(text: str) -> dict[str, Written]:
    return {name: Written(block == "true", kind, storage) for name, block, kind, storage in _HCL.findall(text)}


def _type(rest: str, how: Written | None) -> Any:
    found = _GETTER.search(rest)
    if found is None:  # cdktn.StringMap and its kind, or a value of any shape
        return _stored(how) if how else _constructed(rest)
    kind = _GETTERS.get(found[2], "dynamic")
    return ["set", kind[1]] if found[1] and isinstance(kind, list) else kind


def _constructed(rest: str) -> Any:
    found = re.search(r"new cdk\w+\.(String|Number|Boolean)(Map|List)\(", rest)
    return [found[2].lower(), _WORDS[found[1].lower()]] if found else "dynamic"


def _stored(how: Written) -> Any:
    item = how.storage.removesuffix("List").removesuffix("Map")
    if item not in _WORDS:
        return "dynamic"
    return _WORDS[item] if how.collection == "simple" else [how.collection, _WORDS[item]]


def _object(block: Block) -> Any:
    fields = {
        name: one.get("type") or _collected(one["nesting"], _object(one["nested"]))
        for name, one in block["attributes"].items()
    }
    fields |= {name: [one["nesting"], _object(one["block"])] for name, one in block["blocks"].items()}
    return ["object", fields]


def _collected(nesting: str, item: Any) -> Any:
    return item if nesting == "single" else [nesting, item]


def _sources(archive: Path) -> Iterator[str]:
    """The TypeScript of each module, from the source maps of its JavaScript. A large one stands in many files."""
    texts: dict[str, str] = {}
    with tarfile.open(archive) as package:
        for member in package:
            path = Path(member.name)
            if path.parts[:2] == ("package", "lib") and len(path.parts) > 3 and path.suffix == ".js":
                folder = path.parts[2]
                texts[folder] = texts.get(folder, "") + _source(package.extractfile(member))
    yield from texts.values()


def _source(file: IO[bytes] | None) -> str:
    """The text that a JavaScript file was compiled of."""
    _, found, encoded = (file.read().decode() if file else "").rpartition(_SOURCE_MAP)
    return str(json.loads(base64.b64decode(encoded))["sourcesContent"][0]) if found else ""


def schema(archive: Path) -> Block:
    """`version`, `provider`, `resources` and `data_sources` of the provider whose bindings these are (jsii's .tgz)."""
    found: Block = {"version": "", "provider": {}, "resources": {}, "data_sources": {}}
    for module in map(Module, _sources(archive)):
        found["version"] = module.version or found["version"]
        if module.kind == "TerraformProvider":
            found["provider"] = module.block
        elif module.kind:
            found["resources" if module.kind == "TerraformResource" else "data_sources"][module.name] = module.block
    return found
