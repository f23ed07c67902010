"""Microsoft's best-practice rules: each is kept, or its reason stands; what would break a kept one is named."""

from __future__ import annotations

import pytest
import yaml

from pipeline.powerbi import best_practices, checks, project

ORDERS, DATES = "tables/Sales orders.tmdl", "tables/Dates.tmdl"
CUSTOMERS, TIME = "tables/Customers.tmdl", "tables/Time.tmdl"


def broken(files: dict[str, str]) -> dict[str, list[str]]:
    found, _ = checks.read_model(files)
    return best_practices.broken(found)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    folder = "CustomerData.SemanticModel/definition/"
    return {path.removeprefix(folder): text for path, text in project.on_disk().items() if path.endswith(".tmdl")}


def test_every_kept_rule_is_kept(files: dict[str, str]) -> None:
    assert broken(files) == {}


def test_each_rule_of_microsofts_list_has_one_state_and_its_reason() -> None:
    said = yaml.safe_load((project.FOLDER / "best_practices.yml").read_text())
    names = [*said["kept"], *said["not_applicable"], *said["decided"]]
    assert len(names) == len(set(names)) == 61
    assert set(said["kept"]) == best_practices.RULES.keys()
    assert all(len(reason) > 20 for state in ("not_applicable", "decided") for reason in said[state].values())


def with_dax(expression: str) -> tuple[str, str, str]:
    return (
        ORDERS,
        "\n\tcolumn order_id\n",
        f"\n\tmeasure Planted = {expression}\n\t\tformatString: #,0\n\n\tcolumn order_id\n",
    )


PLANTED = {
    "ADD_DATA_CATEGORY_FOR_COLUMNS": (CUSTOMERS, "\t\tdataCategory: Country\n", ""),
    "AVOID_DUPLICATE_MEASURES": with_dax("COUNTROWS ( 'Dates' )\n\n\tmeasure Twin = COUNTROWS('Dates')"),
    "AVOID_EXCESSIVE_BI-DIRECTIONAL_OR_MANY-TO-MANY_RELATIONSHIPS": (
        "relationships.tmdl", "\tfromColumn:", "\tcrossFilteringBehavior: bothDirections\n\tfromColumn:",
    ),
    "AVOID_USING_THE_IFERROR_FUNCTION": with_dax("IFERROR ( [Orders], 0 )"),
    "CHECK_IF_DYNAMIC_ROW_LEVEL_SECURITY_(RLS)__IS_NECESSARY": (
        "roles/Sales.tmdl", '[department] == "sales"', "[department] == USERNAME ()",
    ),
    "DATA_COLUMNS_MUST_HAVE_A_SOURCE_COLUMN": (ORDERS, "\t\tsourceColumn: channel\n", ""),
    "DATE/CALENDAR_TABLES_SHOULD_BE_MARKED_AS_A_DATE_TABLE": (DATES, "\tdataCategory: Time\n", ""),
    "DAX_COLUMNS_FULLY_QUALIFIED": with_dax("SUM ( [amount] )"),
    "DAX_MEASURES_UNQUALIFIED": with_dax("'Sales orders'[Orders] + 1"),
    "EXPRESSION_RELIANT_OBJECTS_MUST_HAVE_AN_EXPRESSION": with_dax(""),
    "FILTER_COLUMN_VALUES": with_dax("CALCULATE ( [Orders], FILTER ( 'Sales orders', 'Sales orders'[channel] == 1 ) )"),
    "FILTER_MEASURE_VALUES_BY_COLUMNS": with_dax("CALCULATE ( [Orders], FILTER ( 'Sales orders', [Orders] > 1 ) )"),
    "FIRST_LETTER_OF_OBJECTS_MUST_BE_CAPITALIZED": (DATES, "\thierarchy Calendar", "\thierarchy calendar"),
    "FORMAT_FLAG_COLUMNS_AS_YES/NO_VALUE_STRINGS": (ORDERS, "\tcolumn is_cancelled\n\t\tdataType: boolean",
                                                    "\tcolumn is_cancelled\n\t\tdataType: int64"),
    "ISAVAILABLEINMDX_FALSE_NONATTRIBUTE_COLUMNS": (ORDERS, "\t\tisAvailableInMdx: false\n", ""),
    "LIMIT_ROW_LEVEL_SECURITY_(RLS)_LOGIC": (
        "roles/Sales.tmdl", '[department] == "sales"', '[department] == LOWER ( "SALES" )',
    ),
    "MARK_PRIMARY_KEYS": (CUSTOMERS, "\t\tisKey\n", ""),
    "MEASURES_SHOULD_NOT_BE_DIRECT_REFERENCES_OF_OTHER_MEASURES": with_dax("[Orders]"),
    "MODEL_SHOULD_HAVE_A_DATE_TABLE": (DATES, "\t\tisKey\n", ""),
    "MONTH_(AS_A_STRING)_MUST_BE_SORTED": (DATES, "\tcolumn month\n\t\tdataType: dateTime",
                                           "\tcolumn month\n\t\tdataType: string"),
    "NUMERIC_COLUMN_SUMMARIZE_BY": (ORDERS, "\t\tsummarizeBy: none\n", "\t\tsummarizeBy: sum\n"),
    "OBJECTS_WITH_NO_DESCRIPTION": (TIME, "/// ", "// "),
    "PARTITION_NAME_SHOULD_MATCH_TABLE_NAME_FOR_SINGLE_PARTITION_TABLES": (
        ORDERS, "\tpartition 'Sales orders' =", "\tpartition Orders =",
    ),
    "PERCENTAGE_FORMATTING": (ORDERS, "#,0.0%;-#,0.0%;#,0.0%", "0 %"),
    "PROVIDE_FORMAT_STRING_FOR_MEASURES": (ORDERS, "\t\tformatString: #,0\n\t\tdisplayFolder", "\t\tdisplayFolder"),
    "REDUCE_NUMBER_OF_CALCULATED_COLUMNS": (ORDERS, "\tcolumn channel\n", "\tcolumn channel = 1\n"),
    "REDUCE_USAGE_OF_CALCULATED_TABLES": (ORDERS, "\tpartition 'Sales orders' = m\n",
                                          "\tpartition 'Sales orders' = calculated\n"),
    "SNOWFLAKE_SCHEMA_ARCHITECTURE": (
        "relationships.tmdl", "\ttoColumn: Customers.customer_id", "\ttoColumn: 'Sales orders'.order_id",
    ),
    "UNNECESSARY_MEASURES": (ORDERS, "\t\tdisplayFolder: Sales\n", "\t\tdisplayFolder: Sales\n\t\tisHidden\n"),
    "USE_THE_DIVIDE_FUNCTION_FOR_DIVISION": with_dax("[Orders] / 2"),
    "USE_THE_TREATAS_FUNCTION_INSTEAD_OF_INTERSECT": with_dax("COUNTROWS ( INTERSECT ( 'Dates', 'Dates' ) )"),
    "CALCULATION_GROUPS_WITH_NO_CALCULATION_ITEMS": (TIME, "\t\tcalculationItem ", "\t\tannotation "),
    "INACTIVE_RELATIONSHIPS_THAT_ARE_NEVER_ACTIVATED": ("tables/Date role.tmdl", "USERELATIONSHIP", "RELATED"),
}  # fmt: skip


@pytest.mark.parametrize("rule", PLANTED)
def test_what_breaks_a_rule_is_named(files: dict[str, str], rule: str) -> None:
    path, old, new = PLANTED[rule]
    assert old in files[path], f"nothing to plant in {path}"
    assert rule in broken(files | {path: files[path].replace(old, new)})
