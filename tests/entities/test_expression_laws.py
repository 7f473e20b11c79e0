"""Laws that hold for every expression and every document. No example is written by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelops_tui.entities.expression import PlainLook, parse, parse_filter
from modelops_tui.errors import WrongUse

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = ["a", "b", "at", "c-d"]


class AnyField:
    """Every name is a field; those called `at` hold times."""

    def knows(self, path: tuple[str, ...]) -> bool | None:
        return None

    def near(self, path: tuple[str, ...]) -> list[str]:
        return []

    def ids(self, path: tuple[str, ...], key: str) -> None:
        return None

    def is_time(self, path: tuple[str, ...]) -> bool:
        return path[-1] == "at"


def run(text: str, document: dict[str, Any]) -> bool:
    return parse(text, AnyField(), now=NOW).matches(document, PlainLook())


moments = st.sampled_from(
    ["2026-01-01", "2026-11-20T10:00:00.000Z", "0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "X\n", 'q"\\'])
    | moments
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
paths = st.builds(
    lambda first, rest: first + "".join(rest),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from([".a", ".b", ".at", '."c-d"', '."e \\" f"', "[0]", "[-1]"]), max_size=3),
)
literals = st.sampled_from(
    ["1", "-2.5", "1e3", "true", "FALSE", "null", '"x"', "'q\"\\\\'", '"\\u0041"', 'ago("7d")', '"2026-01-01"']
)
operands = paths | literals
signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
comparisons = (
    paths
    | st.builds("{} {} {}".format, operands, signs, operands)
    | st.builds(
        lambda left, sign, items: f"{left} {sign} [{','.join(items)}]",
        operands,
        st.sampled_from(["in", "not in"]),
        st.lists(operands, max_size=3),
    )
    | st.builds("{} in {}".format, operands, paths)
    | st.builds("{} like {}".format, operands, st.sampled_from(['"*x*"', '"?"', '""']))
    | st.builds("{} ~ {}".format, operands, st.sampled_from(['"x|q"', "'^$'"]))
)
expressions = st.recursive(
    comparisons,
    lambda inner: (
        st.builds("({}) and ({})".format, inner, inner)
        | st.builds("{} or {}".format, inner, inner)
        | st.builds("{} and {}".format, inner, inner)
        | st.builds("not {}".format, inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=6,
)


def readable(text: str) -> bool:
    try:
        parse(text, AnyField(), now=NOW)
    except WrongUse as problem:
        # The only mistakes the shapes above can hold: a text that is no time, a value alone.
        assert "date or time" in problem.says
        return False
    return True


pieces = st.lists(
    st.sampled_from(
        [*"a.[]()~<\"'\\1-,!²\x1b\ud800", "at", "not", "in", "like", "and", "==", "ago", '"("', '"7d"', "null"]
    )
)


@given(st.text() | pieces.map(" ".join) | pieces.map("".join))
@example('a ~ "\\\\L<x>"')
@example("a == ²")
@settings(max_examples=400)
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for reading in (parse, parse_filter):
        try:
            expression = reading(text, AnyField(), now=NOW)
        except WrongUse as problem:
            assert problem.says
        else:
            assert isinstance(expression.matches({"a": "x"}, PlainLook()), bool)


@given(expressions, documents)
@settings(max_examples=300)
def test_what_is_printed_means_the_same(text: str, document: dict[str, Any]) -> None:
    if readable(text):
        printed = str(parse(text, AnyField(), now=NOW))
        assert run(printed, document) == run(text, document)
        assert str(parse(printed, AnyField(), now=NOW)) == printed


@given(expressions, documents)
def test_not_twice_changes_nothing(text: str, document: dict[str, Any]) -> None:
    if readable(text):
        once = run(f"not ({text})", document)
        assert run(f"not (not ({text}))", document) == run(text, document) == (not once)


@given(expressions, expressions, documents)
def test_de_morgan_holds(one: str, two: str, document: dict[str, Any]) -> None:
    if readable(one) and readable(two):
        neither = run(f"not (({one}) or ({two}))", document)
        assert neither == run(f"not ({one}) and not ({two})", document)
        not_both = run(f"not (({one}) and ({two}))", document)
        assert not_both == run(f"not ({one}) or not ({two})", document)


@given(expressions, documents)
def test_what_matches_fulfils_the_equalities(text: str, document: dict[str, Any]) -> None:
    if readable(text) and run(text, document):
        for path, value in parse(text, AnyField(), now=NOW).equalities():
            found = PlainLook().value(document, path)
            assert found == value or value in found


@given(documents, paths, literals, signs)
def test_sides_can_be_swapped(document: dict[str, Any], path: str, literal: str, sign: str) -> None:
    mirrored = sign.translate(str.maketrans("<>", "><"))
    if readable(f"{path} {sign} {literal}"):
        swapped = run(f"{literal} {mirrored} {path}", document)
        assert run(f"{path} {sign} {literal}", document) == swapped


@given(documents, paths)
def test_both_ways_of_reading_a_path_agree(document: dict[str, Any], path: str) -> None:
    class OnlyValue:
        value = staticmethod(PlainLook().value)
        haystack = staticmethod(PlainLook().haystack)

    expression = parse(f"{path} or {path} == 1", AnyField())
    assert expression.matches(document, PlainLook()) == expression.matches(document, OnlyValue())
