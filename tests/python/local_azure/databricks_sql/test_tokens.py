from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from local_azure.databricks_sql._tokens import Edit, Kind, apply, closing, name, string, tokens, unquote

SQL = st.text(alphabet="ab1 .,:;@'\"`\\\n()[]<>=-/*$r|", max_size=60)


@given(SQL)
@example("/* /* */ a")
@example("select 'it''s' -- '")
def test_tokens_are_slices_of_the_text_in_order(sql: str) -> None:
    found = tokens(sql)
    assert all(sql[token.start : token.end] == token.text for token in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(SQL)
def test_a_comment_before_a_statement_adds_no_token(sql: str) -> None:
    assert [token.text for token in tokens(f"/* a 'b */ -- c`\n{sql}")] == [token.text for token in tokens(sql)]


@given(st.text(max_size=30))
def test_a_value_as_a_literal_is_one_token_and_reads_back(value: str) -> None:
    (token,) = tokens(string(value))
    assert (token.kind, unquote(token.text)) == (Kind.STRING, value)


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=3))
def test_parts_as_a_name_are_quoted_tokens_and_read_back(parts: list[str]) -> None:
    assert [unquote(token.text) for token in tokens(name(*parts)) if token.kind is Kind.QUOTED] == parts


def test_edits_leave_the_rest_of_the_text() -> None:
    assert apply("a b c", [Edit(4, 5, "z"), Edit(0, 1, "xx")]) == "xx b z"


def test_brackets_in_strings_do_not_count() -> None:
    found = tokens("f(')', [1])")
    assert found[closing(found, 1)].end == len("f(')', [1])")


def test_literals_of_all_kinds_are_strings() -> None:
    kinds = [token.kind for token in tokens("'a\\'b' \"c\" r'\\' $$x'y$$ 'd''e'")]
    assert set(kinds) == {Kind.STRING}
