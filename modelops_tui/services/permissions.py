"""Permission strings and what they grant. Matching is Apache Shiro's WildcardPermission; it knows no user."""

from __future__ import annotations

from modelops_tui.entities.access import permission_text
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Reader, pointer_term
from modelops_tui.errors import WrongUse

Parts = tuple[frozenset[str], ...]


def parse_permission(text: str) -> Parts:
    """The parts of `category:action:instance`, each a set of words; `*` alone in a part means all.

    Trailing empty parts vanish and a middle one means all. Raises WrongUse for a blank text or an empty category.
    """
    words = [part.strip() for part in text.strip().lower().split(":")]
    while words and not words[-1]:
        words.pop()
    if not words or not words[0]:
        raise WrongUse(f"{text!r} is no permission: it names no category.", "Write category:action:instance.")
    return tuple(frozenset(member for member in (word or "*").split(",") if member) or frozenset("*") for word in words)


def implies(granted: Parts, requested: Parts) -> bool:
    """Whether a grant covers a request: position by position, a missing part of a grant meaning all."""
    for position, members in enumerate(granted):
        if "*" in members:
            continue
        if position >= len(requested) or not requested[position] <= members:
            return False
    return True


class Grants:
    """All that a user's roles permit, a union without denials."""

    def __init__(self, permissions: list[Document]) -> None:
        self.granted = [parse_permission(permission_text(permission)) for permission in permissions]
        self._known: dict[tuple[str, str], bool] = {}

    def allow(self, category: str, action: str, instance: str = "") -> bool:
        """Whether `action` is allowed on `instance`, or on all of the category when none is named."""
        on_all = self._known.get((category, action))
        if on_all is None:
            on_all = self._implied((frozenset([category]), frozenset([action])))
            self._known[category, action] = on_all
        if on_all or not instance:
            return on_all
        return self._implied((frozenset([category]), frozenset([action]), frozenset([instance])))

    def _implied(self, requested: Parts) -> bool:
        return any(implies(granted, requested) for granted in self.granted)


def granted_to(user: Document, reader: Reader) -> Grants:
    """What the roles of a user permit; nothing to one who is not active."""
    roles = (user.get("roles") or []) if user.get("state", "active") == "active" else []
    found = [item for role in roles for item in reader.find("permission", pointer_term(role))]
    return Grants([item for item in found if item.get("role") in roles])
