"""What a permission may speak of: kinds, actions, and the documents it is for. Whether it grants, others decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modelops_tui.entities.field import Document, Door, FieldType
from modelops_tui.entities.scalars import LINE, OBJECT_ID, shown

ACTIONS = ("read", "create", "write", "delete", "publish", "deploy", "lock", "admin", "reveal")
ALL = "*"
ENVIRONMENT = "environment"


@dataclass(eq=False, repr=False, match_args=False)
class Instance(FieldType):
    """What a permission is for: the id of a document of whatever kind the permission names."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes one line of text; what it names is settled with the whole permission."""
        return LINE.clean(value, path, door)

    def describe(self) -> str:
        """Says what is taken."""
        return "a key or id of the kind that the category names"


def settle_permission(before: Document | None, after: Document, changed: Document, door: Door) -> None:
    """Makes of what a person typed, in `changed`, the words that grant something; any other word is a problem.

    What the permission held before may stay, though it is gone since.
    """
    from modelops_tui.entities.registry import BY_CALL, BY_NAME

    category = str(after.get("category") or "")
    if "category" in changed and changed["category"] is not None:
        kind = BY_CALL.get(category.lower())
        category = kind.name if kind is not None else category.lower()
        changed["category"] = category
        _refuse_unknown(category, (*BY_NAME, ENVIRONMENT, ALL), "category", door)
    if changed.get("actions"):
        changed["actions"] = [str(action).lower() for action in changed["actions"]]
        for index, action in enumerate(changed["actions"]):
            _refuse_unknown(action, (*ACTIONS, ALL), f"actions[{index}]", door)
    if changed.get("instances"):
        kept = (before or {}).get("instances") or []
        changed["instances"] = [
            item if item in (*kept, ALL) else _instance(category, item, f"instances[{index}]", door)
            for index, item in enumerate(changed["instances"])
        ]


def _instance(category: str, text: str, path: str, door: Door) -> str:
    from modelops_tui.entities.registry import BY_NAME

    if len(text) > 1 and text[0] == text[-1] == '"':
        # A key that holds what separates the parts of a permission is written in quotes.
        text = text[1:-1]
    if category in BY_NAME:
        return door.reference(category, text, path) or text
    if not OBJECT_ID.match(text):
        door.problem(path, f"must be an id where the category is no single kind, not {shown(text)!r}.")
    return text


def _refuse_unknown(word: str, known: Iterable[str], path: str, door: Door) -> None:
    from difflib import get_close_matches

    words = list(known)
    if word not in words:
        near = get_close_matches(word, words, n=1, cutoff=0.5)
        # Of so many kinds only the nearest helps.
        hint = f"Did you mean {near[0]}?" if near else f"It takes one of {', '.join(words[-10:])}."
        door.problem(
            path, f"would grant nothing: there is no {path.partition('[')[0].rstrip('s')} {shown(word)!r}. {hint}"
        )
