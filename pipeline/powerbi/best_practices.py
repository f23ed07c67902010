"""Microsoft's best-practice rules that the files decide; powerbi/best_practices.yml names every rule and its state.

https://github.com/microsoft/Analysis-Services/blob/master/BestPracticeRules/BPARules.json
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from pipeline.powerbi.checks import Found, between, ends, unresolved
from pipeline.powerbi.tmdl_reader import Node

Rule = Callable[[Found], Iterator[str]]


def broken(found: Found) -> dict[str, list[str]]:
    """What breaks a rule, by the rule's id; a rule without a fault is not among them."""
    return {name: faults for name, rule in RULES.items() if (faults := sorted(set(rule(found))))}


def _objects(found: Found, *kinds: str) -> Iterator[tuple[str, Node]]:
    """Where each table, or each object of a table, is, and what it is."""
    for table, places in found.tables.items():
        for _, node in places:
            yield from [(f"'{table}'", node)] if "table" in kinds else []
            for group in (node, *node.of("calculationGroup")):
                yield from ((f"'{table}'[{one.name}]", one) for kind in kinds for one in group.of(kind))


def _where(test: Callable[[Node], bool], *kinds: str) -> Rule:
    """A rule that each object of the kinds keeps unless the test holds."""
    return lambda found: (place for place, node in _objects(found, *kinds) if test(node))


def _dax(pattern: str, *kinds: str) -> Rule:
    """A rule that forbids a pattern in expressions."""
    return _where(lambda node: bool(re.search(pattern, node.text, re.IGNORECASE)), *(kinds or _EXPRESSIONS))


_EXPRESSIONS = ("measure", "calculationItem")
_NUMBERS = {"int64", "decimal", "double"}
_NAMED = ("table", "measure", "hierarchy", "partition", "column", "calculationItem")


def _relationships(found: Found) -> list[Node]:
    return [node for _, node in found.top if node.kind == "relationship"]


def _both_ways(found: Found) -> Iterator[str]:
    """None is bi-directional or many-to-many: each of the rules on them is kept."""
    for one in _relationships(found):
        many = one.properties.get("toCardinality") == "many"
        if one.properties.get("crossFilteringBehavior") == "bothDirections" or many:
            yield one.name


def _snowflake(found: Found) -> Iterator[str]:
    yield from between(_relationships(found))


def _date_tables(found: Found) -> Iterator[str]:
    for table, places in found.tables.items():
        node = places[0][1]
        named = re.search("date|calendar", table, re.IGNORECASE) and not node.of("calculationGroup")
        if named and not _is_date_table(node):
            yield f"'{table}'"


def _is_date_table(node: Node) -> bool:
    keys = [one for one in node.of("column") if "isKey" in one.properties]
    return node.properties.get("dataCategory") == "Time" and any(k.properties["dataType"] == "dateTime" for k in keys)


def _no_date_table(found: Found) -> Iterator[str]:
    if not any(_is_date_table(node) for places in found.tables.values() for _, node in places):
        yield "the model"


def _duplicates(found: Found) -> Iterator[str]:
    texts = Counter(re.sub(r"\s", "", node.text) for _, node in _objects(found, "measure"))
    yield from (place for place, node in _objects(found, "measure") if texts[re.sub(r"\s", "", node.text)] > 1)


def _references(wanted: str) -> Rule:
    """Columns are named with their table, measures without: what is not is nowhere."""

    def rule(found: Found) -> Iterator[str]:
        for place, node in _objects(found, *_EXPRESSIONS):
            yield from (place for fault in unresolved(node.text, found) if fault.startswith(wanted))

    return rule


def _unactivated(found: Found) -> Iterator[str]:
    texts = [node.text for _, node in _objects(found, *_EXPRESSIONS)]
    for one in _relationships(found):
        call = "USERELATIONSHIP ( " + ", ".join(f"'{table}'[{column}]" for table, column in ends(one)) + " )"
        if one.properties.get("isActive") == "false" and not any(call in text for text in texts):
            yield one.name


def _attributes(table: Node) -> set[str]:
    """Columns that another one is sorted by, or that a hierarchy is made of."""
    sorts = {
        one.properties["sortByColumn"].strip("'") for one in table.of("column") if "sortByColumn" in one.properties
    }
    levels = {level.properties["column"].strip("'") for one in table.of("hierarchy") for level in one.of("level")}
    return sorts | levels


def _mdx(needed: bool) -> Rule:
    """Hidden columns that are no attribute are not built for MDX; all others are."""

    def rule(found: Found) -> Iterator[str]:
        for table, places in found.tables.items():
            for _, node in places:
                for column in node.of("column"):
                    attribute = "isHidden" not in column.properties or column.name in _attributes(node)
                    built = column.properties.get("isAvailableInMdx") != "false"
                    if attribute == needed and built != needed:
                        yield f"'{table}'[{column.name}]"

    return rule


def _row_filters(pattern: str) -> Rule:
    def rule(found: Found) -> Iterator[str]:
        for path, role in found.top:
            for permission in role.of("tablePermission") if role.kind == "role" else []:
                if re.search(pattern, permission.text, re.IGNORECASE):
                    yield f"{path}: {permission.name}"

    return rule


def _unkeyed(found: Found) -> Iterator[str]:
    for one in _relationships(found):
        _, (table, column) = ends(one)
        if "isKey" not in found.columns[table][column].properties:
            yield f"'{table}'[{column}]"


def _undescribed(found: Found) -> Iterator[str]:
    for place, node in _objects(found, "table", "measure", "column"):
        if not node.description and "isHidden" not in node.properties:
            yield place


def _partitions(found: Found) -> Iterator[str]:
    for table, places in found.tables.items():
        names = [one.name for _, node in places for one in node.of("partition")]
        if len(names) == 1 and names[0] != table:
            yield f"'{table}'"


def _months_as_columns(found: Found) -> Iterator[str]:
    for table, columns in found.columns.items():
        numbers = [name.upper() for name, one in columns.items() if one.properties.get("dataType") in _NUMBERS]
        if all(any(month in name for name in numbers) for month in ("JAN", "FEB", "MAR", "APR", "MAY", "JUN")):
            yield f"'{table}'"


def _is_number_named(node: Node, start: str) -> bool:
    return node.name.startswith(start) and node.properties.get("dataType") == "int64"


RULES: dict[str, Rule] = {
    "ADD_DATA_CATEGORY_FOR_COLUMNS": _where(
        lambda node: node.name in ("country_code", "Country") and "dataCategory" not in node.properties, "column"
    ),
    "AVOID_BI-DIRECTIONAL_RELATIONSHIPS_AGAINST_HIGH-CARDINALITY_COLUMNS": _both_ways,
    "AVOID_DUPLICATE_MEASURES": _duplicates,
    "AVOID_EXCESSIVE_BI-DIRECTIONAL_OR_MANY-TO-MANY_RELATIONSHIPS": _both_ways,
    "AVOID_USING_THE_IFERROR_FUNCTION": _dax(r"IFERROR\s*\("),
    "CALCULATION_GROUPS_WITH_NO_CALCULATION_ITEMS": _where(
        lambda node: any(not one.of("calculationItem") for one in node.of("calculationGroup")), "table"
    ),
    "CHECK_IF_BI-DIRECTIONAL_AND_MANY-TO-MANY_RELATIONSHIPS_ARE_VALID": _both_ways,
    "CHECK_IF_DYNAMIC_ROW_LEVEL_SECURITY_(RLS)__IS_NECESSARY": _row_filters(r"USER(PRINCIPAL)?NAME\s*\("),
    "DATA_COLUMNS_MUST_HAVE_A_SOURCE_COLUMN": _where(lambda node: not node.properties.get("sourceColumn"), "column"),
    "DATE/CALENDAR_TABLES_SHOULD_BE_MARKED_AS_A_DATE_TABLE": _date_tables,
    "DAX_COLUMNS_FULLY_QUALIFIED": _references("measure"),
    "DAX_MEASURES_UNQUALIFIED": _references("column"),
    "EXPRESSION_RELIANT_OBJECTS_MUST_HAVE_AN_EXPRESSION": _where(lambda node: not node.text.strip(), *_EXPRESSIONS),
    "FILTER_COLUMN_VALUES": _dax(r"CALCULATE(TABLE)?\s*\(\s*[^,]+,\s*FILTER\s*\(\s*'?[\w ]+'?\s*,\s*'?[\w ]+'?\["),
    "FILTER_MEASURE_VALUES_BY_COLUMNS": _dax(r"CALCULATE(TABLE)?\s*\(\s*[^,]+,\s*FILTER\s*\(\s*'?[\w ]+'?\s*,\s*\["),
    "FIRST_LETTER_OF_OBJECTS_MUST_BE_CAPITALIZED": _where(
        lambda node: node.name[:1] != node.name[:1].upper(), "table", "measure", "hierarchy"
    ),
    "FORMAT_FLAG_COLUMNS_AS_YES/NO_VALUE_STRINGS": _where(
        lambda node: _is_number_named(node, "is_") or _is_number_named(node, "Is"), "column"
    ),
    "INACTIVE_RELATIONSHIPS_THAT_ARE_NEVER_ACTIVATED": _unactivated,
    "ISAVAILABLEINMDX_FALSE_NONATTRIBUTE_COLUMNS": _mdx(needed=False),
    "ISAVAILABLEINMDX_TRUE_ATTRIBUTE_COLUMNS": _mdx(needed=True),
    "LIMIT_ROW_LEVEL_SECURITY_(RLS)_LOGIC": _row_filters(r"(RIGHT|LEFT|UPPER|LOWER|FIND)\s*\("),
    "MANY-TO-MANY_RELATIONSHIPS_SHOULD_BE_SINGLE-DIRECTION": _both_ways,
    "MARK_PRIMARY_KEYS": _unkeyed,
    "MEASURES_SHOULD_NOT_BE_DIRECT_REFERENCES_OF_OTHER_MEASURES": _dax(r"^\s*\[[^\]]+\]\s*$", "measure"),
    "MODEL_SHOULD_HAVE_A_DATE_TABLE": _no_date_table,
    "MONTH_(AS_A_STRING)_MUST_BE_SORTED": _where(
        lambda node: "month" in node.name.lower() and "months" not in node.name.lower()
        and node.properties.get("dataType") == "string" and "sortByColumn" not in node.properties, "column",
    ),
    "NUMERIC_COLUMN_SUMMARIZE_BY": _where(lambda node: node.properties.get("summarizeBy") != "none", "column"),
    "OBJECTS_SHOULD_NOT_START_OR_END_WITH_A_SPACE": _where(lambda node: node.name != node.name.strip(), *_NAMED),
    "OBJECTS_WITH_NO_DESCRIPTION": _undescribed,
    "PARTITION_NAME_SHOULD_MATCH_TABLE_NAME_FOR_SINGLE_PARTITION_TABLES": _partitions,
    "PERCENTAGE_FORMATTING": _where(
        lambda node: "%" in node.properties.get("formatString", "")
        and node.properties["formatString"] != "#,0.0%;-#,0.0%;#,0.0%", "measure",
    ),
    "PROVIDE_FORMAT_STRING_FOR_MEASURES": _where(lambda node: not node.properties.get("formatString"), "measure"),
    "REDUCE_NUMBER_OF_CALCULATED_COLUMNS": _where(lambda node: bool(node.text.strip()), "column"),
    "REDUCE_USAGE_OF_CALCULATED_COLUMNS_THAT_USE_THE_RELATED_FUNCTION": _dax(r"RELATED\s*\(", "column"),
    "REDUCE_USAGE_OF_CALCULATED_TABLES": _where(lambda node: node.text.startswith("calculated"), "partition"),
    "REMOVE_AUTO-DATE_TABLE": _where(
        lambda node: node.name.startswith(("DateTableTemplate_", "LocalDateTable_")), "table"
    ),
    "SNOWFLAKE_SCHEMA_ARCHITECTURE": _snowflake,
    "SPECIAL_CHARS_IN_OBJECT_NAMES": _where(lambda node: bool(re.search(r"[\t\n\r]", node.name)), *_NAMED),
    "UNNECESSARY_MEASURES": _where(lambda node: "isHidden" in node.properties, "measure"),
    "UNPIVOT_PIVOTED_(MONTH)_DATA": _months_as_columns,
    "USE_THE_DIVIDE_FUNCTION_FOR_DIVISION": _dax(r"[\])]\s*/(?![/*])"),
    "USE_THE_TREATAS_FUNCTION_INSTEAD_OF_INTERSECT": _dax(r"INTERSECT\s*\("),
}  # fmt: skip
