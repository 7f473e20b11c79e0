"""The sides of a conflict as texts: base, mine, theirs, with who wrote them and when. It decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import NotFound
from modelops_tui.present.clashes import told_side
from modelops_tui.present.forms_out import by_keys
from modelops_tui.present.moments import relative_time
from modelops_tui.present.notation import dump_yaml
from modelops_tui.present.terminal import visible
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from modelops_tui.tui.record_sheets import overview
from modelops_tui.tui.widgets.sides_view import Side, signs_of

NOTHING = "(nothing)"
REMOVED = "(removed)"


class ConflictShown(NamedTuple):
    """A conflict with all that its screen shows: what is to be decided, and the texts of each place.

    Of a conflict that is not about places there is one, called "".
    """

    conflict: sync.Conflict
    nature: str
    places: dict[str, list[Side]]


def shown_conflict(home: Home, conflict: sync.Conflict, now: datetime) -> ConflictShown:
    """Works out what the screen of a conflict shows; it reads documents and their history."""
    nature, sides = sync.nature(home, conflict), sync.sides_of(home, conflict)
    mine = _head("mine", sides.mine_by, sides.mine_at, now)
    theirs = _head("theirs", sides.theirs_by, sides.theirs_at, now)
    if nature == "fields":
        places = {field.path: _field_sides(home, conflict, field, mine, theirs) for field in conflict.fields}
        return ConflictShown(conflict, nature, places)
    whole = _record_text(home, conflict.kind, conflict.document, now)
    if nature in ("removed there", "removed here"):
        texts = (whole, REMOVED) if nature == "removed there" else (REMOVED, whole)
    else:
        twin = _record_text(home, conflict.kind, sync.twin_of(home, conflict), now)
        # The document in conflict came from there when a name is taken, and is mine when a number is.
        texts = (twin, whole) if nature == "name" else (whole, twin)
    return ConflictShown(conflict, nature, {"": [Side(mine, texts[0]), Side(theirs, texts[1])]})


def _head(side: str, by: str, at: str, now: datetime) -> str:
    when = relative_time(at, now) if at else ""
    return ", ".join(part for part in (f"{side} – {by}" if by else side, when) if part)


def _field_sides(home: Home, conflict: sync.Conflict, field: sync.FieldConflict, mine: str, theirs: str) -> list[Side]:
    base_text, mine_text, theirs_text = (
        value_text(told_side(conflict, field, value, home.readable)) for value in (field.base, field.mine, field.theirs)
    )
    signs = ("", "", "")
    if any("\n" in text for text in (base_text, mine_text, theirs_text)):
        signs = (
            signs_of(base_text, (mine_text, theirs_text), "−"),
            signs_of(mine_text, (base_text,), "+"),
            signs_of(theirs_text, (base_text,), "+"),
        )
    heads = ("base – before both", mine, theirs)
    texts = (base_text, mine_text, theirs_text)
    return [Side(*parts) for parts in zip(heads, texts, signs, strict=True)]


def value_text(value: Any) -> str:
    """A value as it is told, as text of one or many lines that a terminal shows and does not obey."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return visible(value, multiline=True)
    return visible(dump_yaml(by_keys(value)).rstrip("\n"), multiline=True).removesuffix("\n...")


def _record_text(home: Home, kind_name: str, id: str, now: datetime) -> str:
    kind = BY_NAME[kind_name]
    try:
        document = home.read(kind, id)
    except NotFound:
        return NOTHING
    lines = overview(home, kind, document, now)
    return "\n".join("".join(piece.text for piece in item.pieces) for item in lines)
