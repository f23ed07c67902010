"""The semantic model as TMDL, laid out as Power BI Desktop writes it (tabs, one file a table and role).

https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from pipeline.powerbi.artifacts import Json
from pipeline.powerbi.measures import DATES, Measure
from pipeline.powerbi.model import Field, Model, Relationship, Role, Table, tag

FORMATS = {"count": "#,0", "eur": '#,0.00 "€"', "share": "#,0.0%;-#,0.0%;#,0.0%", "number": "#,0.00"}
FIELD_FORMATS = {"int64": "#,0", "decimal": "#,0.00", "double": "#,0.00"}
TIMES, DATE_ROLES = "Time", "Date role"
ABOUT = {
    TIMES: "Shifts a measure in time: to date, before, and the change against the year before.",
    DATE_ROLES: "Which day of its rows a measure counts for, such as an invoice's due date.",
}
SHIFTS = {
    "Current": ("SELECTEDMEASURE ()", None),
    "Month to date": ("CALCULATE ( SELECTEDMEASURE (), DATESMTD ( {day} ) )", None),
    "Year to date": ("CALCULATE ( SELECTEDMEASURE (), DATESYTD ( {day} ) )", None),
    "Month before": ("CALCULATE ( SELECTEDMEASURE (), DATEADD ( {day}, -1, MONTH ) )", None),
    "Year before": ("CALCULATE ( SELECTEDMEASURE (), SAMEPERIODLASTYEAR ( {day} ) )", None),
    "Change against the year before": (
        "DIVIDE ( SELECTEDMEASURE () - CALCULATE ( SELECTEDMEASURE (), SAMEPERIODLASTYEAR ( {day} ) ), "
        "CALCULATE ( SELECTEDMEASURE (), SAMEPERIODLASTYEAR ( {day} ) ) )",
        "+#,0.0%;-#,0.0%;#,0.0%",
    ),
}

RANGES = {
    "RangeStart": ("#datetime(1900, 1, 1, 0, 0, 0)", "First moment of a partition; the service sets it."),
    "RangeEnd": ("#datetime(2100, 1, 1, 0, 0, 0)", "Moment behind a partition; the service sets it."),
}


def files(model: Model, config: Json) -> dict[str, str]:
    """Every file of `definition/` by its path in it."""
    day = f"'{model.table_of(DATES).name}'[date_day]"
    roles = {
        name: (f"CALCULATE ( SELECTEDMEASURE (), USERELATIONSHIP ( {_dax(one.many)}, {_dax(one.one)} ) )", None)
        for name, one in model.date_roles.items()
    }
    found = {
        "database.tmdl": "database\n\tcompatibilityLevel: 1606\n",
        "model.tmdl": _model(model),
        "expressions.tmdl": _expressions(model, config),
        "relationships.tmdl": "\n".join(map(_relationship, model.relationships)),
        "cultures/en-US.tmdl": _culture(model, config),
        f"tables/{TIMES}.tmdl": _calculation_group(
            TIMES, {name: (text.format(day=day), form) for name, (text, form) in SHIFTS.items()}, 20
        ),
        f"tables/{DATE_ROLES}.tmdl": _calculation_group(
            DATE_ROLES, {"As the measure says": ("SELECTEDMEASURE ()", None), **roles}, 10
        ),
    }
    found |= {f"tables/{table.name}.tmdl": _table(table, config) for table in model.tables}
    return found | {f"roles/{role.name}.tmdl": _role(role) for role in model.roles}


def quote(name: str) -> str:
    """A name as TMDL wants it: in quotes where it is not one plain word."""
    return name if re.fullmatch(r"\w+", name) else "'" + name.replace("'", "''") + "'"


def _dax(field: tuple[str, str]) -> str:
    return f"'{field[0]}'[{field[1]}]"


def _model(model: Model) -> str:
    names = sorted([*(table.name for table in model.tables), TIMES, DATE_ROLES])
    lines = ["model Model", "\tculture: en-US", "\tdefaultPowerBIDataSourceVersion: powerBI_V3"]
    lines += ["\tdiscourageImplicitMeasures", "\tsourceQueryCulture: en-US", ""]
    lines += ["annotation __PBI_TimeIntelligenceEnabled = 0", ""]
    lines += [f"ref table {quote(name)}" for name in names]
    lines += ["", "ref cultureInfo en-US", "", *(f"ref role {quote(role.name)}" for role in model.roles)]
    return "\n".join(lines) + "\n"


def _expressions(model: Model, config: Json) -> str:
    texts = {
        "Server": (
            config["server"],
            "Address of the warehouse's T-SQL endpoint: Synapse's, or host,port of this machine.",
        ),
        "Database": (config["database"], "Database of the warehouse."),
    }
    blocks = [
        f"/// {about}\n"
        f'expression {name} = "{value}" meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]\n'
        f"\tlineageTag: {tag('expression', name)}\n\n\tannotation PBI_ResultType = Text\n"
        for name, (value, about) in texts.items()
    ]
    ranges = RANGES.items() if any(table.range_column for table in model.tables) else ()
    blocks += [
        f"/// {about}\n"
        f'expression {name} = {value} meta [IsParameterQuery=true, Type="DateTime", IsParameterQueryRequired=true]\n'
        f"\tlineageTag: {tag('expression', name)}\n\n\tannotation PBI_ResultType = DateTime\n"
        for name, (value, about) in ranges
    ]
    return "\n".join(blocks)


def _relationship(one: Relationship) -> str:
    lines = [f"relationship {tag('relationship', *one.many, *one.one)}"]
    lines += [] if one.active else ["\tisActive: false"]
    lines += [f"\tfromColumn: {quote(one.many[0])}.{quote(one.many[1])}"]
    lines += [f"\ttoColumn: {quote(one.one[0])}.{quote(one.one[1])}"]
    return "\n".join(lines) + "\n"


def _table(table: Table, config: Json) -> str:
    lines = [f"/// {table.mart.description}", f"table {quote(table.name)}", f"\tlineageTag: {tag('table', table.name)}"]
    lines += ["\tdataCategory: Time"] if table.mart.name == DATES else []
    for measure in table.measures:
        lines += ["", *_measure(table, measure)]
    for field in table.fields:
        lines += ["", *_column(table, field)]
    lines += ["", *_hierarchy(table)] if table.mart.name == DATES else []
    lines += ["", *_refresh_policy(table, config)] if table.range_column else []
    lines += ["", *_partition(table), "", "\tannotation PBI_ResultType = Table"]
    return "\n".join(lines) + "\n"


def _measure(table: Table, measure: Measure) -> Iterable[str]:
    yield f"\t/// {measure.description}"
    yield f"\tmeasure {quote(measure.label)} = {measure.dax}"
    yield f"\t\tformatString: {FORMATS[measure.unit]}"
    yield f"\t\tdisplayFolder: {measure.group.capitalize()}"
    yield f"\t\tlineageTag: {tag('measure', table.name, measure.name)}"


def _column(table: Table, field: Field) -> Iterable[str]:
    yield f"\t/// {field.description}"
    yield f"\tcolumn {quote(field.name)}"
    yield f"\t\tdataType: {field.data_type}"
    yield from ["\t\tisHidden"] if field.hidden else []
    yield from ["\t\tisAvailableInMdx: false"] if field.hidden and not field.sorts else []
    yield from ["\t\tdataCategory: Country"] if field.name == "country_code" else []
    yield from ["\t\tisKey"] if field.is_key else []
    if form := _format(field):
        yield f"\t\tformatString: {form}"
    yield f"\t\tlineageTag: {tag('column', table.name, field.name)}"
    yield "\t\tsummarizeBy: none"
    yield f"\t\tsourceColumn: {field.name}"
    yield from [f"\t\tsortByColumn: {quote(field.sort_by)}"] if field.sort_by else []
    yield ""
    yield "\t\tannotation SummarizationSetBy = User"


def _format(field: Field) -> str | None:
    if field.name in ("year", "quarter", "month_number", "day_of_week"):
        return "0"
    if field.data_type == "dateTime":
        return "yyyy-mm-dd" if field.sql_type == "date" else "yyyy-mm-dd hh:nn:ss"
    return FIELD_FORMATS.get(field.data_type)


def _hierarchy(table: Table) -> Iterable[str]:
    yield "\thierarchy Calendar"
    yield f"\t\tlineageTag: {tag('hierarchy', table.name, 'Calendar')}"
    for level in ("year", "quarter", "month", "date_day"):
        yield ""
        yield f"\t\tlevel {level}"
        yield f"\t\t\tlineageTag: {tag('level', table.name, level)}"
        yield f"\t\t\tcolumn: {level}"


def _refresh_policy(table: Table, config: Json) -> Iterable[str]:
    """https://learn.microsoft.com/power-bi/connect-data/incremental-refresh-overview"""
    kept = config["incremental"]
    yield "\trefreshPolicy"
    yield "\t\tpolicyType: basic"
    yield "\t\trollingWindowGranularity: year"
    yield f"\t\trollingWindowPeriods: {kept['years_kept']}"
    yield "\t\tincrementalGranularity: month"
    yield f"\t\tincrementalPeriods: {kept['months_read_anew']}"
    yield "\t\tsourceExpression ="
    yield from _query(table)


def _partition(table: Table) -> Iterable[str]:
    yield f"\tpartition {quote(table.name)} = m"
    yield f"\t\tmode: {table.mode}"
    yield "\t\tsource ="
    yield from _query(table)


def _query(table: Table) -> Iterable[str]:
    """Power Query that navigates, keeps the contract's columns and a partition's days: it folds into one select."""
    mart = table.mart
    kept = ", ".join(f'"{name}"' for name in mart.columns)
    steps = {
        "Source": "Sql.Database(Server, Database)",
        "Mart": f'Source{{[Schema="{mart.schema}",Item="{mart.name}"]}}[Data]',
        "Contract": f"Table.SelectColumns(Mart, {{{kept}}})",
    }
    if day := table.range_column:
        first, last = ("Date.From(RangeStart)", "Date.From(RangeEnd)")
        if mart.columns[day].sql_type != "date":
            first, last = "RangeStart", "RangeEnd"
        steps["InRange"] = f"Table.SelectRows(Contract, each [{day}] >= {first} and [{day}] < {last})"
    for field in (one for one in table.fields if one.day_of):
        before = list(steps)[-1]
        steps[field.name] = f'Table.AddColumn({before}, "{field.name}", each Date.From([{field.day_of}]), type date)'
    *_, result = steps
    yield "\t\t\t\tlet"
    yield from (f"\t\t\t\t    {name} = {text}{',' if name != result else ''}" for name, text in steps.items())
    yield "\t\t\t\tin"
    yield f"\t\t\t\t    {result}"


def _calculation_group(name: str, items: dict[str, tuple[str, str | None]], precedence: int) -> str:
    lines = [f"/// {ABOUT[name]}", f"table {quote(name)}", f"\tlineageTag: {tag('table', name)}", ""]
    lines += ["\tcalculationGroup"]
    lines += [f"\t\tprecedence: {precedence}"]
    for item, (text, form) in items.items():
        lines += ["", f"\t\tcalculationItem {quote(item)} = {text}"]
        lines += [f'\t\t\tformatStringDefinition = "{form}"'] if form else []
    for column, kind, more in ((name, "string", "\t\tsortByColumn: Ordinal"), ("Ordinal", "int64", "\t\tisHidden")):
        lines += ["", f"\t/// {ABOUT[name]}", f"\tcolumn {quote(column)}", f"\t\tdataType: {kind}", more]
        lines += [f"\t\tlineageTag: {tag('column', name, column)}", "\t\tsummarizeBy: none"]
        lines += [f"\t\tsourceColumn: {'Name' if column == name else 'Ordinal'}"]
    return "\n".join([*lines, "", f"\tpartition {quote(name)} = calculationGroup"]) + "\n"


def _role(role: Role) -> str:
    lines = [f"role {quote(role.name)}", "\tmodelPermission: read"]
    for table in role.hidden:
        lines += ["", f"\ttablePermission {quote(table)}", "\t\tmetadataPermission: none"]
    for table, expression in role.filters.items():
        lines += ["", f"\ttablePermission {quote(table)} = {expression}"]
    return "\n".join(lines) + "\n"


def _culture(model: Model, config: Json) -> str:
    """Words that people ask with, for the Q&A of Power BI: each measure's label, and report.yml's synonyms."""
    entities = {}
    for table in model.tables:
        for measure in table.measures:
            terms = [measure.label, *(config["synonyms"] or {}).get(measure.name, [])]
            binding = {"ConceptualEntity": table.name, "ConceptualProperty": measure.label}
            words = [{term.lower(): {"State": "Generated" if term == measure.label else "Authored"}} for term in terms]
            entities[measure.name] = {"Definition": {"Binding": binding}, "State": "Authored", "Terms": words}
    text = json.dumps({"Version": "1.0.0", "Language": "en-US", "Entities": entities}, indent=2)
    body = "\n".join("\t\t\t" + line for line in text.splitlines())
    return f"cultureInfo en-US\n\n\tlinguisticMetadata =\n{body}\n\t\tcontentType: json\n"
