"""What expressions mean. Documents here are plain maps; no store is ever opened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from modelops_tui.entities.expression import PlainLook, parse, parse_filter, words
from modelops_tui.errors import WrongUse

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KNOWN = {
    "name": "text",
    "state": "text",
    "tags": "list",
    "created_at": "time",
    "updated_at": "time",
    "steps": "list",
    "steps.name": "text",
    "steps.tags": "list",
    "archived": "truth",
    "details": "map",
    "project": "reference",
    "project.name": "text",
}


class Fields:
    """The fields of a small imagined kind."""

    def knows(self, path: tuple[str, ...]) -> bool | None:
        if path[0] == "details" and len(path) > 1:
            return None
        return ".".join(path) in KNOWN

    def near(self, path: tuple[str, ...]) -> list[str]:
        return list(KNOWN)

    def ids(self, path: tuple[str, ...], key: str) -> None:
        return None

    def is_time(self, path: tuple[str, ...]) -> bool:
        return KNOWN.get(".".join(path)) == "time"


DOCUMENT: dict[str, Any] = {
    "name": "Iris-Night",
    "state": "FINISHED",
    "tags": ["red", "blue"],
    "created_at": "2026-11-20T10:00:00.500Z",
    "updated_at": "2026-11-21T10:00:00.000Z",
    "steps": [{"name": "load", "tags": ["io"]}, {"name": "fit", "tags": []}],
    "archived": False,
    "details": {"metrics": {"auc": 0.93, "n": 3}, "lr-max": 1, "a b": "x", "on": True},
    "project": {"name": "iris"},
}


def holds(text: str, document: dict[str, Any] = DOCUMENT) -> bool:
    expression = parse(text, Fields(), now=NOW)
    assert expression.compile(PlainLook())(document) == expression.matches(document, PlainLook())
    return expression.matches(document, PlainLook())


@pytest.mark.parametrize(
    "text",
    [
        'state == "FINISHED" and details.metrics.auc > 0.9',
        '"FINISHED" == state',
        "0.9 < details.metrics.auc",
        "details.metrics.n >= 3.0",
        "details.lr-max == 1",
        "details.\"a b\" == 'x'",
        "details.on == true",
        'project.name == "iris"',
        'state in ["FAILED", "FINISHED"]',
        'state not in ["FAILED"]',
        '"red" in tags',
        '"green" not in tags',
        'tags == "blue"',
        'tags != "green"',
        'steps.name == "fit"',
        'steps[0].name == "load"',
        'steps[-1].name == "fit"',
        'steps.tags == "io"',
        'name like "iris-*"',
        'name like "*r?s*ght"',
        'name like "*"',
        'name ~ "N.ght$"',
        'tags ~ "^bl"',
        'created_at > "2026-01-01"',
        'created_at < "2026-11-20T12:00:00.501+02:00" and created_at > "2026-11-20T10:00"',
        'created_at == "2026-11-20T11:00:00.5+01:00"',
        'created_at in ["2026-11-20T10:00:00.500Z"]',
        'created_at > ago("7d") and created_at < ago("1d")',
        "updated_at > created_at",
        "tags and not archived",
        "details.gone == null",
        "details.gone != 5",
        "not (details.gone < 5 or details.gone >= 5)",
        "not state == null",
        'state == "X" or state == "FINISHED" and tags',
    ],
)
def test_an_expression_that_is_true_of_the_document_matches(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "details.on == 1",
        'details.lr-max == "1"',
        "name > 5",
        "tags > 5",
        "state in []",
        '"Iris" in name',
        'name like "iris"',
        'name like "iris-?"',
        'name like "iris-night*t"',
        'name ~ "iris"',
        "archived",
        "details.gone",
        "steps[2].name",
        "details.lr-max.more",
        '(state == "X" or tags) and archived',
        "created_at == null",
        "created_at > 5",
    ],
)
def test_an_expression_that_is_false_of_the_document_does_not_match(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        ("state = 5", "="),
        ('stat == "X"', "stat"),
        ("state ==", ""),
        ('state == "X', '"'),
        ('created_at > "soon"', '"soon"'),
        ('created_at in ["2026-01-01", "soon"]', '"soon"'),
        ('created_at > ago("7y")', '"7y"'),
        ('created_at > ago("99999999999d")', '"99999999999d"'),
        ('name ~ "(a"', '"(a"'),
        ("name ~ 5", "5"),
        ("name like state", "state"),
        ("(state", ""),
        ("state in [1, 2", ""),
        ("name == 1e999", "1e999"),
        ("name == 12ab", "12ab"),
        ("5", "5"),
        ("1 < 2 < 3", "<"),
        ('"x" in "xyz"', '"xyz"'),
        ("name state", "state"),
        ('name == "\\q"', "\\q"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, part: str) -> None:
    with pytest.raises(WrongUse) as caught:
        parse(text, Fields(), now=NOW)
    _, line, caret = caught.value.says.split("\n")
    assert line == "  " + text
    marked = line[caret.index("^") : caret.rindex("^") + 1]
    assert marked == part


def test_the_nearest_field_is_told() -> None:
    with pytest.raises(WrongUse) as caught:
        parse("creatd_at == null", Fields())
    assert "created_at" in caught.value.hint


def test_a_forgotten_quote_is_told() -> None:
    with pytest.raises(WrongUse) as caught:
        parse("state == zzz", Fields())
    assert '"zzz"' in caught.value.hint


def test_the_caret_stands_under_wide_letters_and_nothing_is_obeyed() -> None:
    with pytest.raises(WrongUse) as caught:
        parse('name == "漢\x1b[31m" ?', Fields())
    _, line, caret = caught.value.says.split("\n")
    assert "\x1b" not in line
    assert caret.index("^") == line.index("?") + 1


def test_ago_needs_the_present_time() -> None:
    with pytest.raises(WrongUse, match="present time"):
        parse('created_at > ago("1d")', Fields())


@pytest.mark.parametrize("text", ["(" * 101 + "tags" + ")" * 101, "not " * 101 + "tags"])
def test_nesting_is_bounded(text: str) -> None:
    with pytest.raises(WrongUse, match="nested"):
        parse(text, Fields())
    assert parse(text.replace("(", "", 1).replace("not ", "", 1).removesuffix(")"), Fields())


def test_length_is_bounded() -> None:
    assert parse("tags" + " " * 3_996, Fields())
    with pytest.raises(WrongUse, match="characters"):
        parse("tags" + " " * 3_997, Fields())


def test_a_pattern_that_takes_too_long_is_given_up() -> None:
    check = parse(r'name ~ "(a+)+$"', Fields()).compile(PlainLook())
    with pytest.raises(WrongUse, match="takes too long"):
        check({"name": "a" * 5_000 + "b"})


@pytest.mark.parametrize("pattern", ["((a{900}){900}){900}", "(?:" * 90 + "a" + ")+" * 90])
def test_a_pattern_that_would_eat_memory_is_refused(pattern: str) -> None:
    with pytest.raises(WrongUse, match="repeats too much"):
        parse(f'name ~ "{pattern}"', Fields())


def test_a_glob_with_many_stars_is_quick() -> None:
    text = 'name like "' + "a*" * 50 + 'b"'
    assert not holds(text, {"name": "a" * 5_000})


def test_equalities_are_what_every_match_fulfils() -> None:
    text = '5 == details.n and (state == "X" and tags) and (name == "a" or name == "b")'
    expression = parse(text + ' and created_at == "2026-01-01"', Fields())
    assert expression.equalities() == [(("details", "n"), 5), (("state",), "X")]


def test_every_plain_word_must_occur_whatever_the_case() -> None:
    assert words("NIGHT iris").matches(DOCUMENT, PlainLook())
    assert not words("night tulip").matches(DOCUMENT, PlainLook())
    assert words("  ").matches(DOCUMENT, PlainLook())


@pytest.mark.parametrize("text", ["iris red", "red or", "fit in night", '"a == b"', "state", ""])
def test_a_filter_without_an_operator_is_words(text: str) -> None:
    assert str(parse_filter(text, Fields())) == text
    assert parse_filter(text, Fields()).equalities() == []


def test_a_filter_with_an_operator_is_an_expression() -> None:
    assert parse_filter('state=="X"', Fields()).equalities() == [(("state",), "X")]
    assert parse_filter("not archived", Fields()).matches(DOCUMENT, PlainLook())


@pytest.mark.parametrize("text", ["state =", 'name like "iri', "state in [", "zzz == 1"])
def test_a_half_typed_filter_is_a_mistake_not_words(text: str) -> None:
    with pytest.raises(WrongUse):
        parse_filter(text, Fields())


def test_a_look_that_follows_references_is_asked() -> None:
    class OnlyValue:
        def value(self, document: Any, path: tuple[str, ...]) -> Any:
            return "iris" if path == ("project", "name") else None

        def haystack(self, document: Any) -> str:
            return "seen"

    assert parse('project.name == "iris"', Fields()).matches({"project": "0" * 24}, OnlyValue())
    assert words("SEEN").matches({}, OnlyValue())


def test_a_look_built_upon_the_plain_one_is_asked_too() -> None:
    class Follows(PlainLook):
        def value(self, document: Any, path: tuple[str, ...]) -> Any:
            return "iris" if path == ("project", "name") else super().value(document, path)

    assert parse('project.name == "iris"', Fields()).matches({"project": "0" * 24}, Follows())
