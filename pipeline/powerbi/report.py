"""The report as PBIR: pages, visuals, mobile layout and theme, from the pages of powerbi/report.yml.

https://learn.microsoft.com/power-bi/developer/projects/projects-report
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.errors import PipelineError
from pipeline.powerbi.artifacts import Json
from pipeline.powerbi.measures import Measures
from pipeline.powerbi.model import Model

_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report"
VISUAL = f"{_SCHEMAS}/definition/visualContainer/2.9.0/schema.json"
MOBILE = f"{_SCHEMAS}/definition/visualContainerMobileState/2.4.0/schema.json"
PAGE = f"{_SCHEMAS}/definition/page/2.1.0/schema.json"
PAGES = f"{_SCHEMAS}/definition/pagesMetadata/1.1.0/schema.json"
REPORT = f"{_SCHEMAS}/definition/report/3.3.0/schema.json"
VERSION = f"{_SCHEMAS}/definition/versionMetadata/1.0.0/schema.json"
THEME = "CustomerData.json"
WIDTH, HEIGHT, MARGIN, PHONE = 1280, 720, 16, 320
KINDS = {"card": "card", "line": "lineChart", "bar": "barChart", "column": "columnChart", "table": "tableEx"}

# Okabe and Ito's colours, told apart by colour-blind readers (https://jfly.uni-koeln.de/color/)
THEME_FILE = {
    "name": "CustomerData",
    "dataColors": ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F", "#F0E442"],
    "background": "#FFFFFF",
    "foreground": "#1F2933",
    "tableAccent": "#0072B2",
    "good": "#009E73",
    "neutral": "#E69F00",
    "bad": "#D55E00",
}


@dataclass(frozen=True)
class Box:
    """Where a visual stands, in pixels of the page."""

    x: int
    y: int
    width: int
    height: int

    def position(self, order: int) -> Json:
        """PBIR's words for it; `order` is that of the tab key."""
        return {"x": self.x, "y": self.y, "z": order, "width": self.width, "height": self.height, "tabOrder": order}


def files(model: Model, measures: Measures, config: Json) -> dict[str, Any]:
    """Every JSON file of `CustomerData.Report/definition` by its path. Raises PipelineError on all faults at once."""
    _judge(model, measures, config)
    names = list(config["pages"])
    found: dict[str, Any] = {
        "version.json": {"$schema": VERSION, "version": "2.0.0"},
        "report.json": _report(),
        "pages/pages.json": {"$schema": PAGES, "pageOrder": names, "activePageName": names[0]},
    }
    for name, page in config["pages"].items():
        found[f"pages/{name}/page.json"] = _page(name, page, model)
        for visual, (desk, phone) in _visuals(name, page, model, measures, config).items():
            found[f"pages/{name}/visuals/{visual}/visual.json"] = desk
            found[f"pages/{name}/visuals/{visual}/mobile.json"] = phone
    return found


def _judge(model: Model, measures: Measures, config: Json) -> None:
    """Name each measure that could not be made, and each visual that shows what is nowhere."""
    faults = [
        f"measure '{measures.labels[name]}' ({name}): {reason}; shown by {_shown_by(name, config)}"
        for name, reason in sorted(measures.faults.items())
    ]
    for page, visual, spec in _specs(config):
        faults += [
            f"page {page}, visual {visual}: there is no measure {name}"
            for name in [*spec[2], *_told_more(spec[2], config)]
            if name not in measures.found and name not in measures.faults
        ]
        faults += [f"page {page}, visual {visual}: {fault}" for place in spec[3:] if (fault := _fault(place, model))]
        if spec[0] not in KINDS:
            faults.append(f"page {page}, visual {visual}: {spec[0]} is none of {', '.join(KINDS)}")
    for page, one in config["pages"].items():
        places = [*one.get("slicers", config["slicers"]), *([one["drill_through"]] if "drill_through" in one else [])]
        faults += [f"page {page}, slicer {place}: {fault}" for place in places if (fault := _fault(place, model))]
    if faults:
        raise PipelineError("the report doesn't fit the marts:\n  " + "\n  ".join(faults))


def _specs(config: Json) -> list[tuple[str, str, list[Any]]]:
    return [(page, name, spec) for page, one in config["pages"].items() for name, spec in one["visuals"].items()]


def _shown_by(measure: str, config: Json) -> str:
    shown = [f"page {page}, visual {visual}" for page, visual, spec in _specs(config) if measure in spec[2]]
    return "; ".join(shown) or "no page"


def _told_more(names: list[str], config: Json) -> list[str]:
    """The measures that a chart's tooltip shows beside its own."""
    more = [one for name in names for one in (config.get("tooltips") or {}).get(name, [])]
    return [one for one in dict.fromkeys(more) if one not in names]


def _fault(place: str, model: Model) -> str | None:
    mart, column = place.split(".")
    found = next((table for table in model.tables if table.mart.name == mart), None)
    if found is None:
        return f"there is no mart {mart}"
    field = next((field for field in found.fields if field.name == column), None)
    if field is None:
        return f"{mart} has no column {column}"
    return f"{place} is a hidden column" if field.hidden else None


def _report() -> Json:
    version = {"visual": "2.9.0", "report": "3.3.0", "page": "2.1.0"}
    item = {"name": THEME, "path": THEME, "type": "CustomTheme"}
    return {
        "$schema": REPORT,
        "themeCollection": {
            "customTheme": {"name": THEME, "reportVersionAtImport": version, "type": "RegisteredResources"},
        },
        "resourcePackages": [{"name": "RegisteredResources", "type": "RegisteredResources", "items": [item]}],
        "settings": {"useStylableVisualContainerHeader": True, "exportDataMode": "AllowSummarized"},
    }


def _page(name: str, page: Json, model: Model) -> Json:
    made: Json = {"$schema": PAGE, "name": name, "displayName": page["title"], "displayOption": "FitToPage"}
    made |= {"height": HEIGHT, "width": WIDTH}
    if seconds := page.get("refresh_seconds"):
        every = {"show": _literal("true"), "duration": _text(f"PT{seconds}S")}
        made["objects"] = {"pageRefresh": [{"properties": every}]}
    if place := page.get("drill_through"):
        field, filter_name = _column(place, model), f"drill_{name}"
        made["filterConfig"] = {
            "filters": [{"name": filter_name, "field": field, "type": "Categorical", "howCreated": "Drillthrough"}]
        }
        parameter = {"name": f"parameter_{name}", "boundFilter": filter_name, "fieldExpr": field}
        made["pageBinding"] = {"name": f"binding_{name}", "type": "Drillthrough", "parameters": [parameter]}
        made |= {"type": "Drillthrough", "visibility": "HiddenInViewMode"}
    return made


def _visuals(
    page_name: str, page: Json, model: Model, measures: Measures, config: Json
) -> dict[str, tuple[Json, Json]]:
    slicers: list[str] = page.get("slicers") or config["slicers"]
    uncut = _uncut(page, slicers, model, measures)
    cards = {name: spec for name, spec in page["visuals"].items() if spec[0] == "card"}
    charts = {name: spec for name, spec in page["visuals"].items() if spec[0] != "card"}
    boxes = [*_row(len(slicers), 16, 56), *_row(len(cards), 88, 112), *_grid(len(charts), 216)]
    made: dict[str, tuple[Json, Json]] = {}
    phone_y = 0
    parts: list[tuple[str, Json, int]] = []
    for place in slicers:
        passed = [spec[1] for name, spec in page["visuals"].items() if place in uncut[name]]
        parts.append((f"slicer_{place.split('.')[1]}", _slicer(place, passed, model), 64))
    parts += [(name, _figure(spec, uncut[name], model, measures, config), 96) for name, spec in cards.items()]
    parts += [(name, _figure(spec, uncut[name], model, measures, config), 240) for name, spec in charts.items()]
    for order, ((name, visual, height), box) in enumerate(zip(parts, boxes, strict=True)):
        unique = f"{page_name}_{name}"
        desk = {"$schema": VISUAL, "name": unique, "position": box.position(order), "visual": visual}
        made[unique] = desk, {"$schema": MOBILE, "position": Box(0, phone_y, PHONE, height).position(order)}
        phone_y += height + 8
    return made


def _row(count: int, y: int, height: int) -> list[Box]:
    """`count` boxes side by side."""
    if not count:
        return []
    width = (WIDTH - MARGIN * (count + 1)) // count
    return [Box(MARGIN + at * (width + MARGIN), y, width, height) for at in range(count)]


def _grid(count: int, y: int) -> list[Box]:
    """Boxes in two columns over what is left of the page; a last one alone takes the whole row."""
    rows = -(-count // 2)
    height = (HEIGHT - y - MARGIN * rows) // max(rows, 1)
    boxes = []
    for row in range(rows):
        boxes += _row(min(2, count - 2 * row), y + row * (height + MARGIN), height)
    return boxes


def _uncut(page: Json, slicers: list[str], model: Model, measures: Measures) -> dict[str, list[str]]:
    """The slicers that leave a figure of a visual as it is, by visual."""
    return {
        name: [place for place in slicers if not all(_cuts(place, one, model, measures) for one in spec[2])]
        for name, spec in page["visuals"].items()
    }


def _cuts(place: str, name: str, model: Model, measures: Measures) -> bool:
    """Whether a slicer reaches all that a measure reads: it is of the same table, or of one that this points to."""
    slicer = model.table_of(place.split(".")[0]).name
    reached = {one.many[0] for one in model.relationships if one.one[0] == slicer} | {slicer}
    return all(model.table_of(base.mart).name in reached for base in measures.found[name].bases)


def _word(place: str) -> str:
    return place.split(".")[1].replace("_", " ")


def _slicer(place: str, passed: list[str], model: Model) -> Json:
    """`passed` are the titles of the visuals that it does not cut."""
    title = _word(place).capitalize()
    query = {"queryState": {"Values": {"projections": [_projection(_column(place, model))]}}}
    objects = {"data": [{"properties": {"mode": _text("Dropdown")}}]}
    but = f" but: {', '.join(passed)}" if passed else ""
    frame = _frame(title, f"Chooses {title.lower()} for all visuals of the page{but}.")
    return {"visualType": "slicer", "query": query, "objects": objects, **frame}


def _figure(spec: list[Any], uncut: list[str], model: Model, measures: Measures, config: Json) -> Json:
    kind, title, names, *places = spec
    figures = [_projection(_measure(name, model, measures)) for name in names]
    categories = [_projection(_column(place, model)) for place in places[:1]]
    if kind in ("card", "table"):
        state = {"Values": {"projections": [*categories, *figures]}}
    else:
        state = {"Category": {"projections": categories}, "Y": {"projections": figures}}
        if more := _told_more(names, config):
            state["Tooltips"] = {"projections": [_projection(_measure(name, model, measures)) for name in more]}
        if places[1:]:
            state["Series"] = {"projections": [_projection(_column(places[1], model))]}
    shown = " and ".join(measures.found[name].label for name in names)
    by = f" by {' and '.join(map(_word, places))}" if places else ""
    about = " ".join(measures.found[name].description for name in names)
    note = f"Not cut by {', '.join(map(_word, uncut))}" if uncut else ""
    frame = _frame(title, f"{title}: {shown}{by}. {about}{f' {note}.' if note else ''}", note)
    return {"visualType": KINDS[kind], "query": {"queryState": state}, **frame, "drillFilterOtherVisuals": True}


def _frame(title: str, alternative: str, note: str = "") -> Json:
    """`note` stands below the title, where there is something to say."""
    texts = {"title": title, "subTitle": note} if note else {"title": title}
    shown = {kind: [{"properties": {"show": _literal("true"), "text": _text(text)}}] for kind, text in texts.items()}
    return {"visualContainerObjects": shown | {"general": [{"properties": {"altText": _text(alternative)}}]}}


def _measure(name: str, model: Model, measures: Measures) -> Json:
    measure = measures.found[name]
    return _reference("Measure", model.table_of(measure.mart).name, measure.label)


def _column(place: str, model: Model) -> Json:
    mart, column = place.split(".")
    return _reference("Column", model.table_of(mart).name, column)


def _reference(kind: str, table: str, name: str) -> Json:
    return {kind: {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}


def _projection(field: Json) -> Json:
    (kind, one), *_ = field.items()
    table, name = one["Expression"]["SourceRef"]["Entity"], one["Property"]
    made = {"field": field, "queryRef": f"{table}.{name}", "nativeQueryRef": name}
    return made if kind == "Measure" else made | {"displayName": name.replace("_", " ").capitalize()}


def _literal(value: str) -> Json:
    return {"expr": {"Literal": {"Value": value}}}


def _text(value: str) -> Json:
    return _literal("'" + value.replace("'", "''") + "'")
