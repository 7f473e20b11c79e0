"""Marks of the keys that a chest had before, sealed under its present key: they tell that one state came of another.

Only who had a key can make its mark, and a mark opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelops_tui.adapters.vault_keys import KEY_BYTES, bytes_of, derive, text_of
from modelops_tui.adapters.vault_tokens import BadToken, box, open_token, seal

MOST_MARKS = 32


def mark_of(key: bytes, chest: str, epoch: int) -> str:
    """The mark of a chest key."""
    return text_of(derive(key, "mark", chest, epoch))


def sealed_marks(key: bytes, chest: str, epoch: int, marks: Sequence[str]) -> str:
    """The last marks of the keys before this one, oldest first, as a token."""
    return seal(box(derive(key, "lineage", chest, epoch)), {**_bound(chest, epoch), "marks": list(marks)[-MOST_MARKS:]})


def open_marks(key: bytes, chest: str, epoch: int, token: str) -> list[str]:
    """The marks in a token, none for an empty one. Raises BadToken for what `sealed_marks` did not make."""
    if not token:
        return []
    envelope = open_token(box(derive(key, "lineage", chest, epoch)), token)
    marks = envelope.pop("marks", None)
    if envelope != _bound(chest, epoch) or not isinstance(marks, list):
        raise BadToken
    try:
        for mark in marks:
            bytes_of(mark, KEY_BYTES)
    except ValueError:
        raise BadToken from None
    return marks


def _bound(chest: str, epoch: int) -> dict[str, str | int]:
    return {"purpose": "lineage", "chest": chest, "epoch": epoch}
