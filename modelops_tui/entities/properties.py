"""Properties: typed values that people attach to projects and revisions, and the definitions they follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from modelops_tui.entities.field import Document, Field
from modelops_tui.entities.kind import Computed, Kind, Reader, Unique, pointer_term
from modelops_tui.entities.scalars import (
    FREE_TEXT,
    LINE,
    OBJECT_ID,
    TITLE,
    Anything,
    Boolean,
    Choice,
    read_json,
    read_time,
    shown,
)
from modelops_tui.entities.structures import CASCADE, KEEP, RESTRICT, Items, Reference
from modelops_tui.errors import Problem

DATA_TYPES = ("boolean", "number", "string", "date", "timestamp", "enumeration", "revision")
VALUE_VERBS = ("list", "show", "new", "set", "edit", "rm", "refs", "history")


def misfit(definition: Document, value: Any, reader: Reader) -> str:
    """Why a value does not fit its definition, as the end of a sentence; empty when it fits."""
    data_type = definition.get("data_type")
    if data_type == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if data_type == "number":
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else "must be a number"
    if not isinstance(value, str):
        return "must be text"
    if data_type == "date":
        return "" if is_date(value) else "must be a date like 2026-01-31"
    if data_type == "timestamp":
        zoned = read_time(value) is not None and (value.endswith("Z") or "+" in value[10:] or "-" in value[10:])
        return "" if zoned else "must be a time with its zone like 2026-01-31T08:00:00Z"
    if data_type == "enumeration":
        choices = [str(choice) for choice in definition.get("choices") or []]
        return "" if value in choices else f"must be one of {', '.join(choices)}"
    if data_type == "revision":
        found = OBJECT_ID.match(value) and reader.get("artifact-revision", value)
        return "" if found else "must be the id of an artifact revision"
    return ""


def meant(definition: Document, text: str) -> Any:
    """The value that typed text stands for by its definition: text stays text unless it is in JSON's quotes."""
    value = read_json(text)
    if definition.get("data_type") in ("boolean", "number", None) or isinstance(value, str):
        return value
    return text


def is_date(text: str) -> bool:
    """Whether text is a calendar date without a time."""
    try:
        return len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def value_fits(holder: str) -> Any:
    """The rule that a value of a project or a revision (`holder` is the field) fits its definition."""

    def check(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
        definition = reader.get("property-definition", str(after.get("definition")))
        if definition is None or after.get("value") is None:
            return
        wrong = misfit(definition, after["value"], reader)
        if wrong:
            yield Problem("value", f"{wrong}, not {shown(after['value'])!r}.")
        elsewhere = "revision" if holder == "project" else "project"
        if definition.get("applies_to") == elsewhere:
            yield Problem("definition", f"is for a {elsewhere}, not for a {holder}.")
        yield from value_is_the_only_one(holder, definition, after, reader)

    return check


def value_is_the_only_one(holder: str, definition: Document, after: Document, reader: Reader) -> Iterator[Problem]:
    """Only a definition with `multiple` allows several values on one holder, and never two equal ones."""
    kind = "project-property-value" if holder == "project" else "artifact-property-value"
    for other in reader.find(kind, pointer_term(str(after.get(holder)))):
        same_holder = other.get(holder) == after.get(holder) and other.get("definition") == definition["id"]
        if other["id"] == after["id"] or not same_holder:
            continue
        if not definition.get("multiple"):
            yield Problem(
                "definition", f"allows one value, and the {holder} has one already: {shown(other.get('value'))}."
            )
            return
        if other.get("value") == after.get("value"):
            yield Problem("value", f"is there already: {shown(after['value'])}.")
            return


def published_value_may_change(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A value on a published revision changes only where its definition allows that."""
    revision = reader.get("artifact-revision", str(after.get("revision"))) or {}
    definition = reader.get("property-definition", str(after.get("definition"))) or {}
    changed = before is not None and before.get("value") != after.get("value")
    if changed and revision.get("state") == "PUBLISHED" and not definition.get("mutable_when_published"):
        yield Problem("value", "cannot change on a published revision; make a new revision.")


def nothing_published_points_at_a_sandbox(
    before: Document | None, after: Document, reader: Reader
) -> Iterator[Problem]:
    """No published thing ever references a sandbox revision."""
    definition = reader.get("property-definition", str(after.get("definition"))) or {}
    if definition.get("data_type") != "revision":
        return
    target = reader.get("artifact-revision", str(after.get("value"))) or {}
    holder = reader.get("artifact-revision", str(after.get("revision"))) if "revision" in after else None
    private = holder is not None and holder.get("state") == "SANDBOX" and holder.get("owner") == target.get("owner")
    if target.get("state") == "SANDBOX" and not private:
        yield Problem("value", "is a sandbox revision, which nothing published may reference.")


def definition_is_sound(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """Choices belong to enumerations, and values that exist still fit after a change."""
    if after.get("data_type") == "enumeration" and not after.get("choices"):
        yield Problem("choices", "are required for an enumeration.")
    if before is None:
        return
    narrowed = {
        name for name in ("data_type", "choices", "applies_to", "multiple") if before.get(name) != after.get(name)
    }
    if not narrowed:
        return
    for holder, kind in (("project", "project-property-value"), ("revision", "artifact-property-value")):
        yield from values_still_fit(holder, reader.find(kind, pointer_term(after["id"])), after, reader)


def values_still_fit(holder: str, values: list[Document], after: Document, reader: Reader) -> Iterator[Problem]:
    """One problem for each way in which a changed definition would break values that exist."""
    if values and after.get("applies_to") not in (holder, "both", None):
        yield Problem("applies_to", f"cannot change: {len(values)} values are on a {holder}.")
    wrong = sum(1 for value in values if misfit(after, value.get("value"), reader))
    if wrong:
        yield Problem("data_type", f"or choices cannot change so: {wrong} values would not fit.")
    holders = [value.get(holder) for value in values]
    if not after.get("multiple") and len(set(holders)) < len(holders):
        yield Problem("multiple", f"cannot be turned off: a {holder} has several values.")


def built_in_stays(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A built-in category or definition keeps its name."""
    if before is not None and before.get("builtin") and before.get("name") != after.get("name"):
        yield Problem("name", "of a built-in cannot change.")


VALUE = Anything(by="definition", meant=meant)

PROPERTY_CATEGORY = Kind(
    "property-category",
    area="properties",
    key=("name",),
    says="A group of property definitions.",
    unique=(Unique(("name",)),),
    checks=(built_in_stays,),
    fields=(
        Field("name", TITLE, "Unique.", required=True, column=True),
        Field("description", FREE_TEXT, "What it groups.", column=True),
        Field("builtin", Boolean(), "Whether every registry has it.", default=False, set_by="program", column=True),
    ),
    computed=(
        Computed(
            "definitions",
            Items(Reference("property-definition", KEEP)),
            "Definitions in it.",
            lambda document, reader: [
                item["id"] for item in reader.find("property-definition", pointer_term(document["id"]))
            ],
        ),
    ),
)

PROPERTY_DEFINITION = Kind(
    "property-definition",
    area="properties",
    key=("category", "name"),
    says="What values of a property look like and where they may be.",
    unique=(Unique(("category", "name")),),
    checks=(definition_is_sound,),
    fields=(
        Field("category", Reference("property-category", RESTRICT), "Category it is in.", required=True, column=True),
        Field("name", TITLE, "Unique in its category.", required=True, column=True),
        Field("data_type", Choice(DATA_TYPES), "What its values are.", required=True, column=True),
        Field("choices", Items(LINE, distinct=True), "Values of an enumeration."),
        Field("applies_to", Choice(("project", "revision", "both")), "What may have it.", default="both", column=True),
        Field("multiple", Boolean(), "Whether one thing may have several values.", default=False, column=True),
        Field("inherited", Boolean(), "Whether a revision takes it from its parent.", default=False),
        Field("mutable_when_published", Boolean(), "Whether it may change on a published revision.", default=False),
        Field("description", FREE_TEXT, "What it means.", column=True),
    ),
)

PROJECT_PROPERTY_VALUE = Kind(
    "project-property-value",
    area="properties",
    says="A property of a project.",
    verbs=VALUE_VERBS,
    checks=(value_fits("project"), nothing_published_points_at_a_sandbox),
    label=("project", "definition", "value"),
    fields=(
        Field("project", Reference("project", CASCADE), "Project that has it.", required=True, fixed=True, column=True),
        Field(
            "definition",
            Reference("property-definition", RESTRICT),
            "What it is a value of.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("value", VALUE, "The value.", required=True, column=True),
    ),
)

ARTIFACT_PROPERTY_VALUE = Kind(
    "artifact-property-value",
    area="properties",
    says="A property of an artifact revision.",
    verbs=VALUE_VERBS,
    checks=(value_fits("revision"), published_value_may_change, nothing_published_points_at_a_sandbox),
    label=("revision", "definition", "value"),
    fields=(
        Field(
            "revision",
            Reference("artifact-revision", CASCADE),
            "Revision that has it.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field(
            "definition",
            Reference("property-definition", RESTRICT),
            "What it is a value of.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("value", VALUE, "The value.", required=True, column=True),
        Field("inherited_from", Reference("artifact-revision", KEEP), "Revision it was taken from.", set_by="publish"),
    ),
)

KINDS = (PROPERTY_CATEGORY, PROPERTY_DEFINITION, PROJECT_PROPERTY_VALUE, ARTIFACT_PROPERTY_VALUE)
