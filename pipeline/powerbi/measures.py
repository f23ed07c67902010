"""Each MetricFlow metric as a measure over the mart that carries its gold model's columns, in DAX and in T-SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp

from pipeline.errors import PipelineError
from pipeline.powerbi import shapes
from pipeline.powerbi.artifacts import Artifacts, Json, Mart

DATES = "mart_dates"
GRAINS = {"day": "DAY", "month": "MONTH", "quarter": "QUARTER", "year": "YEAR"}


@dataclass(frozen=True)
class Base:
    """One aggregate over one mart; `day` is the column whose day it counts for, if the mart has one."""

    mart: str
    aggregate: shapes.Aggregate
    day: str | None


@dataclass(frozen=True)
class Measure:
    """`dax` refers to other measures by their labels. `figure` is T-SQL over {0}, {1}, ... of `bases`."""

    name: str
    label: str
    description: str
    group: str
    unit: str  # count, eur, share, number
    dax: str
    bases: tuple[Base, ...]
    figure: str
    window: tuple[int, str] | None = None  # cumulative: that many days, months, ... up to the last one

    @property
    def mart(self) -> str:
        """Where it lives: beside the figure that it starts from."""
        return self.bases[0].mart


@dataclass
class Measures:
    """All measures by name; what could not be made, by name, with the reason."""

    found: dict[str, Measure] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def build(artifacts: Artifacts, config: Json) -> Measures:
    """The measures of all metrics, and those that report.yml adds for what is no metric."""
    bases, faults = _bases(artifacts, config)
    made = Measures()
    for metric in artifacts.semantic["metrics"]:
        made.labels[metric["name"]] = metric["label"] or metric["name"]
    waiting = sorted(artifacts.semantic["metrics"], key=lambda metric: metric["name"])
    while waiting:
        later = [metric for metric in waiting if not _try(metric, made, bases, faults, artifacts, config)]
        if len(later) == len(waiting):
            raise PipelineError(f"metrics refer to each other in a circle: {', '.join(m['name'] for m in later)}")
        waiting = later
    for name, own in sorted((config.get("measures") or {}).items()):
        _own(name, own, made, artifacts, config)
    return made


def _bases(artifacts: Artifacts, config: Json) -> tuple[dict[str, tuple[Base, str]], dict[str, str]]:
    """Each measure of the semantic models with its DAX, and what is wrong with the others."""
    found, faults = {}, {}
    for model in artifacts.semantic["semantic_models"]:
        for measure in model["measures"]:
            try:
                found[measure["name"]] = _base(model, measure, artifacts, config)
            except PipelineError as error:
                faults[measure["name"]] = str(error)
    return found, faults


def _base(model: Json, measure: Json, artifacts: Artifacts, config: Json) -> tuple[Base, str]:
    gold = model["node_relation"]["alias"]
    if measure["non_additive_dimension"]:
        raise PipelineError(f"measure {measure['name']} has a non-additive dimension, which is not translated")
    aggregate = shapes.parse(measure["agg"], measure["expr"] or measure["name"])
    mart = _mart_of(gold, artifacts, config)
    missing = [column for column in aggregate.columns if column not in mart.columns]
    if missing:
        raise PipelineError(f"{mart.name} has no column {', '.join(missing)}")
    time = measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
    day = next(d["expr"] or d["name"] for d in model["dimensions"] if d["name"] == time)
    if day not in mart.columns and mart.name not in (config.get("undated") or []):
        raise PipelineError(f"{mart.name} has no column {day}, the day that measure {measure['name']} counts for")
    base = Base(mart.name, aggregate, day if day in mart.columns else None)
    return base, aggregate.dax(table_name(mart.name, config))


def _mart_of(gold: str, artifacts: Artifacts, config: Json) -> Mart:
    """The mart that reads this gold model alone, or the one that report.yml names for it."""
    chosen = (config.get("marts_of") or {}).get(gold)
    candidates = [
        mart for mart in artifacts.marts.values() if mart.name == chosen or (not chosen and gold in mart.reads)
    ]
    if len(candidates) != 1:
        names = ", ".join(mart.name for mart in candidates) or "no mart"
        raise PipelineError(f"gold model {gold} is read by {names}: name one under marts_of in powerbi/report.yml")
    return candidates[0]


def table_name(mart: str, config: Json) -> str:
    """What people read: Sales orders for mart_sales_orders, unless report.yml says otherwise."""
    given = (config.get("tables") or {}).get(mart)
    return given or mart.removeprefix("mart_").replace("_", " ").capitalize()


def day_name(moment: str) -> str:
    """sent_at_day for sent_at."""
    return f"{moment}_day"


def day_field(mart: Mart, column: str) -> str:
    """The field that a day's relationship stands on: of a moment, the day of it."""
    return day_name(column) if mart.columns[column].sql_type.startswith("datetime2") else column


def _try(
    metric: Json,
    made: Measures,
    bases: dict[str, tuple[Base, str]],
    faults: dict[str, str],
    artifacts: Artifacts,
    config: Json,
) -> bool:
    """Make the metric, or note why not; False where a metric that it needs is still to be made."""
    name = metric["name"]
    needs = [one["name"] for one in _inputs(metric)]
    if any(need not in made.found and need not in made.faults for need in needs):
        return False
    try:
        made.found[name] = _measure(metric, made, bases, faults, artifacts, config)
    except PipelineError as error:
        made.faults[name] = str(error)
    return True


def _inputs(metric: Json) -> list[Json]:
    words = metric["type_params"]
    return [one for one in (words["numerator"], words["denominator"], *(words["metrics"] or [])) if one]


def _measure(
    metric: Json,
    made: Measures,
    bases: dict[str, tuple[Base, str]],
    faults: dict[str, str],
    artifacts: Artifacts,
    config: Json,
) -> Measure:
    _refuse_filters(metric)
    for one in _inputs(metric):
        if one["name"] in made.faults:
            raise PipelineError(f"{made.faults[one['name']]} (for its metric {one['name']})")
    kind, window = metric["type"], None
    parts: tuple[Base, ...]
    if kind in ("simple", "cumulative"):
        of = metric["type_params"]["measure"]["name"]
        if of in faults:
            raise PipelineError(faults[of])
        base, dax = bases[of]
        parts, figure = (base,), "{0}"
        if kind == "cumulative":
            dax, window = _cumulative(metric, dax, config)
    elif kind in ("ratio", "derived"):
        dax, parts, figure = _combined(metric, made)
    else:
        raise PipelineError(f"metric {metric['name']} is of type {kind}, which is not translated")
    name, label = metric["name"], made.labels[metric["name"]]
    group, text = artifacts.metric_groups[name], " ".join(metric["description"].split())
    return Measure(name, label, text, group, _unit(metric, label, config), dax, parts, figure, window)


def _refuse_filters(metric: Json) -> None:
    words = metric["type_params"]
    for one in (metric, *_inputs(metric), words["measure"] or {}):
        for word in ("filter", "offset_window", "offset_to_grain", "fill_nulls_with", "join_to_timespine"):
            if one.get(word):
                raise PipelineError(f"metric {metric['name']} has {word}, which is not translated")


def _combined(metric: Json, made: Measures) -> tuple[str, tuple[Base, ...], str]:
    """A ratio, or arithmetic over metrics."""
    words = metric["type_params"]
    if metric["type"] == "ratio":
        text, names = "n / d", {"n": words["numerator"]["name"], "d": words["denominator"]["name"]}
    else:
        text, names = words["expr"], {one["alias"] or one["name"]: one["name"] for one in words["metrics"]}
    bases = tuple(dict.fromkeys(base for name in names.values() for base in made.found[name].bases))
    if any(made.found[name].window for name in names.values()):
        raise PipelineError(f"metric {metric['name']} combines a cumulative metric, which is not translated")
    tree: Any = sqlglot.parse_one(text, dialect="databricks")
    dax = _arithmetic(tree, {alias: f"[{made.labels[name]}]" for alias, name in names.items()}, "DIVIDE ( {}, {} )")
    figures = {alias: _renumbered(made.found[name], bases) for alias, name in names.items()}
    return dax, bases, _arithmetic(tree, figures, "(cast({} as float) / nullif({}, 0))")


def _renumbered(measure: Measure, bases: tuple[Base, ...]) -> str:
    return measure.figure.format(*(f"{{{bases.index(base)}}}" for base in measure.bases))


def _arithmetic(tree: exp.Expression, names: dict[str, str], quotient: str) -> str:
    """+, -, *, / and numbers over named figures; each quotient as `quotient`."""
    if isinstance(tree, exp.Column):
        return names[tree.name]
    if isinstance(tree, exp.Literal) and not tree.is_string:
        return str(tree.this)
    if isinstance(tree, exp.Paren):
        return f"({_arithmetic(tree.this, names, quotient)})"
    signs: dict[type[exp.Expression], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
    if isinstance(tree, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        left, right = (_arithmetic(side, names, quotient) for side in (tree.this, tree.expression))
        return quotient.format(left, right) if isinstance(tree, exp.Div) else f"{left} {signs[type(tree)]} {right}"
    raise shapes.NoShapeError(f"`{tree.sql()}` is no arithmetic that is translated")


def _cumulative(metric: Json, dax: str, config: Json) -> tuple[str, tuple[int, str]]:
    window = metric["type_params"]["cumulative_type_params"]["window"]
    if not window or window["granularity"] not in GRAINS:
        raise PipelineError(f"metric {metric['name']} is cumulative without a window of days, months or years")
    day = shapes.reference(table_name(DATES, config), "date_day")
    count, grain = int(window["count"]), window["granularity"]
    period = f"DATESINPERIOD ( {day}, MAX ( {day} ), -{count}, {GRAINS[grain]} )"
    return f"CALCULATE ( {dax}, {period} )", (count, grain)


def _unit(metric: Json, label: str, config: Json) -> str:
    given = (config.get("units") or {}).get(metric["name"])
    if given:
        return str(given)
    return "eur" if "(EUR)" in label else "share" if metric["type"] == "ratio" else "count"


def _own(name: str, own: Json, made: Measures, artifacts: Artifacts, config: Json) -> None:
    mart = artifacts.marts.get(own["mart"])
    made.labels[name] = own["label"]
    if name in made.found or mart is None:
        made.faults[name] = f"measure {name} of report.yml: " + ("a metric has its name" if mart else "no such mart")
        return
    aggregate = shapes.parse(own["agg"], own["expr"])
    missing = [column for column in aggregate.columns if column not in mart.columns]
    if missing:
        made.faults[name] = f"{mart.name} has no column {', '.join(missing)}"
        return
    day = own.get("day")
    if day and {"mart": mart.name, "column": day} not in config["roles"].values():
        made.faults[name] = f"measure {name} of report.yml: {mart.name}.{day} is none of roles"
        return
    base = Base(mart.name, aggregate, day or (config.get("dates") or {}).get(mart.name))
    dax = aggregate.dax(table_name(mart.name, config))
    dax = _on_another_day(dax, mart, day, config) if day else dax
    unit = own.get("unit", "count")
    made.found[name] = Measure(name, own["label"], own["description"], mart.group, unit, dax, (base,), "{0}")


def _on_another_day(dax: str, mart: Mart, day: str, config: Json) -> str:
    """The figure by a day whose relationship is inactive."""
    many = shapes.reference(table_name(mart.name, config), day_field(mart, day))
    return f"CALCULATE ( {dax}, USERELATIONSHIP ( {many}, {shapes.reference(table_name(DATES, config), 'date_day')} ) )"
