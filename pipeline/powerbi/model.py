"""The semantic model as data: tables, relationships, roles. tmdl.py writes it down."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.powerbi.artifacts import Artifacts, Json, Mart
from pipeline.powerbi.measures import DATES, Measure, Measures, day_field, day_name, table_name

_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "customer-data-pipeline/powerbi")
TYPES = {"nvarchar": "string", "bit": "boolean", "int": "int64", "bigint": "int64", "decimal": "decimal"}
TYPES |= {"varchar": "string", "char": "string", "nchar": "string", "smallint": "int64", "tinyint": "int64"}
TYPES |= {"float": "double", "date": "dateTime", "datetime2": "dateTime"}


@dataclass(frozen=True)
class Field:
    """One column. `day_of` names the moment of which this is the day, which Power Query works out."""

    name: str
    data_type: str
    sql_type: str
    description: str
    hidden: bool
    is_key: bool = False
    day_of: str | None = None
    sort_by: str | None = None
    sorts: bool = False


@dataclass(frozen=True)
class Table:
    """One mart, as people see it. `mode` is import or directQuery; `range_column` is the day by which the service reads
    an imported fact in partitions, if it does."""

    name: str
    mart: Mart
    fields: tuple[Field, ...]
    measures: tuple[Measure, ...]
    mode: str
    range_column: str | None = None


@dataclass(frozen=True)
class Relationship:
    """Many rows of (table, field) to one of another; inactive ones are chosen by a date role."""

    many: tuple[str, str]
    one: tuple[str, str]
    active: bool = True


@dataclass(frozen=True)
class Role:
    """Who reads with it: hidden tables, and a row filter in DAX by table."""

    name: str
    hidden: tuple[str, ...]
    filters: dict[str, str]


@dataclass(frozen=True)
class Model:
    """The whole semantic model. `date_roles` maps a role to its inactive relationship."""

    tables: tuple[Table, ...]
    relationships: tuple[Relationship, ...]
    roles: tuple[Role, ...]
    date_roles: dict[str, Relationship]

    def table_of(self, mart: str) -> Table:
        """The table of a mart. Raises KeyError."""
        return {table.mart.name: table for table in self.tables}[mart]


def tag(*words: str) -> str:
    """A lineage tag that is the same each time and of nothing else."""
    return str(uuid.uuid5(_SPACE, "\0".join(words)))


def build(artifacts: Artifacts, measures: Measures, config: Json, security: Json) -> Model:
    """Marts, measures and report.yml together. Raises PipelineError on a name that is nowhere."""
    days = _days(artifacts, measures, config)
    tables = tuple(_table(mart, days, measures, config) for mart in artifacts.marts.values())
    relationships = [*_to_dimensions(artifacts, config), *_to_dates(artifacts, days, config)]
    roles_of_dates = {name: _date_role(name, one, artifacts, config) for name, one in sorted(config["roles"].items())}
    roles = tuple(_role(name, tables, config, security) for name in sorted(security["groups"]))
    return Model(tables, (*relationships, *roles_of_dates.values()), roles, roles_of_dates)


def _days(artifacts: Artifacts, measures: Measures, config: Json) -> dict[str, str]:
    """The day that each mart counts for, from the semantic models and report.yml."""
    found = dict(config["dates"])
    for mart, column in found.items():
        _known(artifacts, mart, column, "dates")
    chosen = {(one["mart"], one["column"]) for one in config["roles"].values()}  # by a measure that says so
    for measure in measures.found.values():
        found |= {base.mart: base.day for base in measure.bases if base.day and (base.mart, base.day) not in chosen}
    return found


def _known(artifacts: Artifacts, mart: str, column: str, place: str) -> str:
    """The column's type. Raises PipelineError where report.yml names what no contract has."""
    if mart not in artifacts.marts or column not in artifacts.marts[mart].columns:
        raise PipelineError(f"powerbi/report.yml: {place} names {mart}.{column}, which no contract has")
    return artifacts.marts[mart].columns[column].sql_type


def _table(mart: Mart, days: dict[str, str], measures: Measures, config: Json) -> Table:
    key = "date_day" if mart.name == DATES else config["dimensions"].get(mart.name)
    shown = (config.get("shown") or {}).get(mart.name, [])
    fields = [
        Field(
            name,
            data_type(column.sql_type),
            column.sql_type,
            column.description,
            hidden=name.endswith(("_id", "_key")) and name not in shown,
            is_key=name == key,
            sort_by=(config["sort_by"] or {}).get(f"{mart.name}.{name}"),
            sorts=name
            in {column for place, column in (config["sort_by"] or {}).items() if place.startswith(mart.name)},
        )
        for name, column in mart.columns.items()
    ]
    moments = {days.get(mart.name), *(one["column"] for one in config["roles"].values() if one["mart"] == mart.name)}
    for moment in sorted(name for name in moments if name and mart.columns[name].sql_type.startswith("datetime2")):
        text = f"Day of {moment}, in UTC."
        fields.append(Field(day_name(moment), "dateTime", "date", text, hidden=True, day_of=moment))
    own = sorted((one for one in measures.found.values() if one.mart == mart.name), key=lambda one: one.label)
    mode = config["live_storage"] if mart.name in config["live"] else config["storage"]
    return Table(table_name(mart.name, config), mart, tuple(fields), tuple(own), mode, _range(mart, days, mode, config))


def _range(mart: Mart, days: dict[str, str], mode: str, config: Json) -> str | None:
    """The day by which a fact is read in partitions. Raises PipelineError where rows without one would be lost."""
    if mode != "import" or mart.name not in config["incremental"]["marts"]:
        return None
    day = days.get(mart.name)
    if day not in mart.filled:
        raise PipelineError(f"powerbi/report.yml: incremental names {mart.name}, whose {day or 'day'} may be null")
    return day


def data_type(sql_type: str) -> str:
    """Power BI's type for a T-SQL one. Raises PipelineError on one that no mart may have."""
    found = TYPES.get(sql_type.partition("(")[0].lower())
    if found is None:
        raise PipelineError(f"{sql_type} has no data type in Power BI")
    return found


def _to_dimensions(artifacts: Artifacts, config: Json) -> list[Relationship]:
    found = []
    for dimension, key in sorted(config["dimensions"].items()):
        _known(artifacts, dimension, key, "dimensions")
        if key not in artifacts.marts[dimension].unique:
            raise PipelineError(f"{dimension}.{key} has no unique test, so no relationship may point to it")
        one = (table_name(dimension, config), key)
        found += [
            Relationship((table_name(mart.name, config), key), one)
            for mart in artifacts.marts.values()
            if key in mart.columns and mart.name != dimension
        ]
    return found


def _to_dates(artifacts: Artifacts, days: dict[str, str], config: Json) -> list[Relationship]:
    one = (table_name(DATES, config), "date_day")
    return [
        Relationship((table_name(mart, config), day_field(artifacts.marts[mart], column)), one)
        for mart, column in sorted(days.items())
    ]


def _date_role(name: str, role: Json, artifacts: Artifacts, config: Json) -> Relationship:
    _known(artifacts, role["mart"], role["column"], f"roles: {name}")
    many = (table_name(role["mart"], config), day_field(artifacts.marts[role["mart"]], role["column"]))
    return Relationship(many, (table_name(DATES, config), "date_day"), active=False)


def _role(group: str, tables: tuple[Table, ...], config: Json, security: Json) -> Role:
    """A department sees its marts and its own rows of the shared ones."""
    hidden = [table.name for table in tables if group not in _readers(table.mart, config, security)]
    filters = {
        table.name: f'[department] == "{group}"'
        for table in tables
        if group != "analysts" and "department" in table.mart.columns and table.name not in hidden
    }
    return Role(group.capitalize(), tuple(hidden), filters)


def _readers(mart: Mart, config: Json, security: Json) -> list[str]:
    """Groups that may read a mart; a model's own line stands before its folder's."""
    if mart.name in config["shared"]:
        return list(security["groups"])
    own: list[str] | None = (security.get("contact_data") or {}).get(mart.name)
    return own or list(security["marts"][mart.schema.removeprefix("mart_")])
