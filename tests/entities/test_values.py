"""Values on their way in: what is taken is kept as it is, what is not gets a sentence, and nothing ever raises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.registry import KINDS
from modelops_tui.entities.scalars import (
    Boolean,
    Choice,
    FileName,
    InsidePath,
    Number,
    PortMapping,
    RepositoryLink,
    Slug,
    Text,
    Time,
)
from modelops_tui.entities.structures import Entries, Group, Items
from modelops_tui.errors import Problem


class Collecting:
    """A door that takes every reference as it is and collects the problems."""

    importing = False

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, path: str, says: str) -> None:
        self.problems.append(Problem(path, says))

    def reference(self, kind: str, value: Any, path: str) -> str | None:
        return value if isinstance(value, str) else self.problem(path, "must be text.")  # type: ignore[func-returns-value]

    def snapshot(self, kind: str, value: Any, path: str) -> Any:
        return value

    def chest_entry(self, chest: str, entry: str, path: str) -> None:
        """Any will do."""

    def sealed(self, value: Any, path: str) -> Any:
        return self.problem(path, "is sealed.")  # type: ignore[func-returns-value]


def inner_types(type_: FieldType) -> Iterator[FieldType]:
    yield type_
    if isinstance(type_, Items | Entries):
        yield from inner_types(type_.of)
    elif isinstance(type_, Group):
        for item in type_.fields:
            yield from inner_types(item.type)


TYPES = list(
    {repr(type_): type_ for kind in KINDS for item in kind.fields for type_ in inner_types(item.type)}.values()
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TYPES), json_values)
def test_any_value_is_taken_or_told_and_what_was_taken_is_taken_again(type_: FieldType, value: Any) -> None:
    door = Collecting()
    cleaned = type_.clean(value, "field", door)
    if not door.problems and cleaned is not None:
        again = Collecting()
        assert repr(type_.clean(cleaned, "field", again)) == repr(cleaned)
        assert not again.problems
    for problem in door.problems:
        assert problem.path.startswith("field") and problem.says.endswith((".", "?"))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TYPES), st.text(max_size=30))
def test_any_typed_text_can_be_read(type_: FieldType, text: str) -> None:
    door = Collecting()
    type_.clean(type_.read(text), "field", door)


def outcome(type_: FieldType, value: Any) -> Any:
    door = Collecting()
    cleaned = type_.clean(value, "field", door)
    return "refused" if door.problems else cleaned


CASES = [
    (Slug(), "night-7", "night-7"),
    (Slug(), "night 7", "refused"),
    (Slug(), "v1.2", "refused"),
    (Slug(), "-x", "refused"),
    (Slug(), "x" * 65, "refused"),
    (Slug(), "x\n", "refused"),
    (Boolean(), 1, "refused"),
    (Number(), True, "refused"),
    (Number(), float("nan"), "refused"),
    (Number(whole=True), 2.0, 2),
    (Number(whole=True), 2.5, "refused"),
    (Number(above=0), 0, "refused"),
    (Number(least=1, most=65535), 65536, "refused"),
    (Time(), "2026-01-31", "2026-01-31T00:00:00.000Z"),
    (Time(), "2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.000Z"),
    (Time(), "0001-01-01T00:00:00+23:59", "refused"),
    (Time(), "yesterday", "refused"),
    (Choice(("local", "git")), "GIT", "git"),
    (Choice(("local", "git")), "svn", "refused"),
    (InsidePath(), "models/a.pmml", "models/a.pmml"),
    (InsidePath(), "../etc/passwd", "refused"),
    (InsidePath(), "/etc/passwd", "refused"),
    (InsidePath(), "C:/x", "refused"),
    (InsidePath(), "a//b", "refused"),
    (InsidePath(), "a\x00b", "refused"),
    (FileName(), "a/b", "refused"),
    (FileName(), "..", "refused"),
    (PortMapping(), "8080:80", "8080:80"),
    (PortMapping(), 8080, "8080:8080"),
    (PortMapping(), "0:80", "refused"),
    (RepositoryLink(), "https://example.org/a.git/", "https://example.org/a"),
    (RepositoryLink(), "git@example.org:team/a.git", "git@example.org:team/a"),
    (RepositoryLink(), "a.git.b", "refused"),
    (Text(5), "123456", "refused"),
    (Text(lines=False), "a\nb", "refused"),
    (Items(Slug(), distinct=True), ["a", "a"], "refused"),
]


@pytest.mark.parametrize(("type_", "value", "expected"), CASES)
def test_a_value_is_taken_normalised_or_refused(type_: FieldType, value: Any, expected: Any) -> None:
    assert outcome(type_, value) == expected
