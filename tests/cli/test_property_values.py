"""The value of a property is typed plainly: its definition says whether it is a number, a truth, or text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Call


@pytest.mark.parametrize(
    ("data_type", "typed", "expected"),
    [
        ("string", "12", "12"),
        ("string", "true", "true"),
        ("string", "007", "007"),
        ("string", '"12"', "12"),
        ("string", "[1]", "[1]"),
        ("number", "12", 12),
        ("number", "-0.5", -0.5),
        ("boolean", "true", True),
        ("date", "2026-01-31", "2026-01-31"),
        ("enumeration", "3", "3"),
    ],
)
def test_typed_text_is_read_by_the_definition(call: Call, data_type: str, typed: str, expected: Any) -> None:
    call("project", "new", "lab")
    call("property-category", "new", "Own")
    choices = ["--choices", "3"] if data_type == "enumeration" else []
    assert call("property-definition", "new", "Own:it", "--data-type", data_type, *choices).code == 0
    what = ("--project", "lab", "--definition", "Own:it")
    made = call("project-property-value", "new", *what, "--value", typed, "--json")
    assert made.code == 0, made.err
    assert made.value["value"] == expected and type(made.value["value"]) is type(expected)
    id = made.value["id"]
    changed = call("project-property-value", "set", id, f"value={typed}", "--json")
    assert changed.code == 0 and changed.value["value"] == expected
    rev = call("project-property-value", "show", id, "--json").value["rev"]
    assert rev == 1, "the same value is no change"


def test_what_does_not_fit_is_still_refused(call: Call) -> None:
    call("project", "new", "lab")
    call("property-category", "new", "Own")
    call("property-definition", "new", "Own:count", "--data-type", "number")
    made = call("project-property-value", "new", "--project", "lab", "--definition", "Own:count", "--value", "many")
    assert made.code == 6 and "must be a number, not 'many'" in made.err
    made = call("project-property-value", "new", "--project", "lab", "--definition", "Own:none", "--value", "12")
    assert made.code == 6 and "definition" in made.err
