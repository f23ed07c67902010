"""Each fault that no tool of Power BI tells is named, with its file; the project itself has none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.powerbi import checks, project

MODEL, PAGES = "CustomerData.SemanticModel/definition", "CustomerData.Report/definition/pages"
ORDERS = f"{MODEL}/tables/Sales orders.tmdl"
Files = dict[str, str]


def replaced(path: str, old: str, new: str) -> Callable[[Files], Files]:
    def plant(files: Files) -> Files:
        assert old in files[path]
        return files | {path: files[path].replace(old, new, 1)}

    return plant


def without(path: str) -> Callable[[Files], Files]:
    return lambda files: {name: text for name, text in files.items() if name != path}


def twice(files: Files) -> Files:
    column = "\tcolumn other\n\t\tlineageTag: 1\n\t\tsummarizeBy: none\n"
    return files | {f"{MODEL}/tables/Other.tmdl": f"table 'Sales orders'\n\n{column}"}


PARTITION = "\tpartition 'Sales orders' = m\n"
CARD = f"{PAGES}/sales/visuals/sales_revenue/visual.json"
CHART = f"{PAGES}/sales/visuals/sales_revenue_by_channel/visual.json"
FAULTS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a table declared twice": (twice, "table 'Sales orders' is declared twice"),
    "a relationship of two types": (
        replaced(ORDERS, "column ordered_on\n\t\tdataType: dateTime", "column ordered_on\n\t\tdataType: string"),
        "joins ('Sales orders', 'ordered_on') of string to ('Dates', 'date_day') of dateTime",
    ),
    "no expressions": (without(f"{MODEL}/expressions.tmdl"), "needs expression Server, which is nowhere"),
    "no partition": (
        lambda files: files | {ORDERS: files[ORDERS].partition(PARTITION)[0]},
        "table 'Sales orders' has no partition",
    ),
    "a measure named like a column": (
        replaced(ORDERS, "measure 'Active customers'", "measure channel"),
        "measure 'channel' is named like a column",
    ),
    "a visual of a missing measure": (replaced(CARD, '"Property": "Revenue (EUR)"', '"Property": "Turnover"'), CARD),
    "a visual of a missing column": (
        replaced(CHART, '"Property": "channel"', '"Property": "canal"'),
        "column 'Sales orders'[canal] is nowhere",
    ),
    "a report of a missing model": (
        replaced("CustomerData.Report/definition.pbir", "CustomerData.SemanticModel", "Customer.SemanticModel"),
        "there is no semantic model in Customer.SemanticModel",
    ),
    "two visuals of one name": (
        replaced(CARD, '"name": "sales_revenue"', '"name": "leaders_revenue"'),
        "visual 'leaders_revenue' has the name of",
    ),
    "a visual without alt text": (replaced(CARD, '"altText"', '"other"'), "visual 'sales_revenue' has no alt text"),
    "DAX of a missing column": (
        replaced(ORDERS, "SUM ( 'Sales orders'[revenue_eur] )", "SUM ( 'Sales orders'[revenue] )"),
        "measure 'Revenue (EUR)': column 'Sales orders'[revenue] is nowhere",
    ),
    "DAX of a missing measure": (
        replaced(ORDERS, "DIVIDE ( [Orders with a return]", "DIVIDE ( [Orders returned]"),
        "measure 'Return rate': measure [Orders returned] is nowhere",
    ),
    "DAX whose brackets do not close": (
        replaced(ORDERS, "COUNT ( 'Sales orders'[order_id] )", "COUNT ( 'Sales orders'[order_id]"),
        "measure 'Orders': brackets do not close",
    ),
    "a lineageTag of two": (
        replaced(
            ORDERS,
            "lineageTag: 5397f2be-6307-5530-af0e-43e76c9b9c31",
            "lineageTag: 479893ec-19b0-588b-9995-7167a4b4dba3",
        ),
        "has the lineageTag of table 'Sales orders'",
    ),
    "spaces for tabs": (replaced(ORDERS, "\tcolumn channel", "    column channel"), "indented by spaces"),
    "a sum without a measure": (
        replaced(ORDERS, "\t\tsummarizeBy: none", "\t\tsummarizeBy: sum"),
        "would be aggregated without a measure",
    ),
    "a role that hides a dimension": (
        replaced(f"{MODEL}/roles/Support.tmdl", "tablePermission 'Sales orders'", "tablePermission Nowhere"),
        "role 'Support' speaks of table 'Nowhere'",
    ),
    "a row filter on a missing column": (
        replaced(f"{MODEL}/roles/Support.tmdl", "[department]", "[division]"),
        "[division] is nowhere",
    ),
    "a page that is not there": (without(f"{PAGES}/sales/page.json"), "there is no page sales"),
    "two active ways to one table": (
        replaced(f"{MODEL}/relationships.tmdl", "\tisActive: false\n", ""),
        "2 active relationships",
    ),
}


def test_the_project_has_no_fault() -> None:
    assert checks.faults(project.on_disk()) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named(name: str) -> None:
    plant, said = FAULTS[name]
    found = checks.faults(plant(project.on_disk()))
    assert any(said in fault for fault in found), found
