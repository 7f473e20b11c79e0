"""Chests and their entries as rows, all values masked, and who saw one. It reads names only."""

from __future__ import annotations

from datetime import datetime

from modelops_tui.present.moments import local_time, relative_time
from modelops_tui.services.chests import CHEST, entry_names, entry_users
from modelops_tui.services.history import history
from modelops_tui.services.home import Home
from modelops_tui.services.vault import VaultStatus
from modelops_tui.tui.sheet import Piece, SheetLine, line
from modelops_tui.tui.widgets.record_table import Column
from modelops_tui.tui.widgets.secret_parts import MASK

CHEST_COLUMNS = (Column("chest", "chest", minimum=10, weight=1), Column("whose", "whose", minimum=5))
ENTRY_COLUMNS = (
    Column("entry", "entry", minimum=8),
    Column("field", "field", minimum=6),
    Column("value", "value", minimum=4, weight=1),
    Column("sealed", "sealed", "right", minimum=6),
)
Rows = list[tuple[str, tuple[str, ...]]]


def chest_rows(home: Home) -> Rows:
    """Every chest that the user may see, those they can open first."""
    me, rows = home.user["id"], []
    for document in home.documents(CHEST):
        recipients = (document.get("header") or {}).get("recipients") or []
        rank, whose = 2, "not for you"
        if document.get("owner") == me:
            rank, whose = 0, "yours"
        elif any(one.get("user") == me for one in recipients):
            rank, whose = 1, f"of {home.user_name(str(document.get('owner')))}"
        rows.append((rank, str(document.get("name")), str(document["id"]), whose))
    return [(id, (name, whose)) for _, name, id, whose in sorted(rows)]


def entry_rows(home: Home, chest: str) -> Rows:
    """The fields of a chest's entries, identified by `ENTRY.FIELD`; every value is the same four dots."""
    return [
        (f"{item.entry}.{field}", (item.entry, field, MASK if field else "–", f"{item.version}×"))
        for item in entry_names(home, chest)
        for field in item.fields or ("",)
    ]


def user_lines(home: Home, chest: str, entry: str) -> list[SheetLine]:
    """The documents that name an entry, a line each that leads there by its words."""
    return [
        line(Piece(f"{kind} ", "name"), label, Piece(f"  {path}", "dim"), hang=2)
        for kind, label, path in entry_users(home, chest, entry)
    ]


def reveal_lines(home: Home, chest: str, now: datetime) -> list[SheetLine]:
    """Every reveal of a chest, the newest first: when, by whom, which entries."""
    home.read(CHEST, chest)
    lines = []
    for step in history(home, CHEST, chest):
        if any(path.split(".")[0] == "revealed" for path, _, _ in step.differences):
            at = f"{local_time(step.at)}, {relative_time(step.at, now)}"
            lines.append(line(Piece(f"{step.by} ", "title"), at, Piece(f"  {step.says}", "dim"), hang=2))
    return lines or [line(Piece("Nobody has looked at a secret of it.", "dim"))]


def status_words(status: VaultStatus | None, *, short: bool = False) -> str:
    """How the vault stands, for the top line; `short` where there is little room."""
    if status is None:
        return "…"
    if status.refused:
        return "✗ refused" if short else "✗ vault refused"
    if status.unlocked is None:
        return "○ locked" if status.fingerprint else "○ no vault yet"
    left = status.unlocked.seconds_left
    if not left:
        return "● unlocked"
    rest = f"{-(-left // 60)} min" if left >= 60 else f"{left} s"
    return f"● locks in {rest}" if short else f"● unlocked, locks idle in {rest}"
