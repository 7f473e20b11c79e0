"""Who may know of what: sandboxes and private groups do not exist for others. Permissions are not decided here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelops_tui.entities.artifacts import is_published
from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import reference_types
from modelops_tui.entities.kind import Kind, Reader, pointer_term
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.structures import Entries, Group, Items, Reference

HIDEABLE = frozenset(
    (
        "artifact",
        "artifact-revision",
        "artifact-content",
        "artifact-property-value",
        "checkout",
        "lock",
        "subscription",
        "group",
    )
)
POINTS_AT_HIDEABLE = frozenset(
    kind.name
    for kind in KINDS
    if any(ref.kind in HIDEABLE for item in kind.pointing_fields for ref in reference_types(item.type))
)


class Sight:
    """What one user may know of; it asks `reader`, which sees everything."""

    def __init__(self, user: str, reader: Reader) -> None:
        self.user = user
        self.reader = reader
        self._tests: dict[str, Callable[[Document], bool]] = {
            "artifact": self._artifact,
            "artifact-revision": self._revision,
            "artifact-content": self._content,
            "artifact-property-value": lambda item: self._points_to_seen("artifact-revision", item.get("revision")),
            "checkout": lambda item: item.get("user") == self.user,
            "lock": lambda item: self._points_to_seen("artifact", item.get("artifact")),
            "subscription": self._subscription,
            "group": lambda item: bool(item.get("shared")) or item.get("owner") == self.user,
        }

    def sees(self, kind: str, document: Document) -> bool:
        """Whether the document exists for the user."""
        test = self._tests.get(kind)
        return test is None or test(document)

    def masked(self, kind: str, document: Document) -> Document:
        """The document without pointers at what does not exist for the user, and without password verifiers."""
        if kind == "user" and "password_verifier" in document:
            return {name: value for name, value in document.items() if name != "password_verifier"}
        if kind not in POINTS_AT_HIDEABLE:
            return document
        hidden = self.hidden_targets(BY_NAME[kind], document)
        if not hidden:
            return document
        shown = dict(document)
        for item in BY_NAME[kind].pointing_fields:
            value = remove_ids(item.type, document.get(item.name), hidden)
            if value is None:
                shown.pop(item.name, None)
            else:
                shown[item.name] = value
        return shown

    def hidden_targets(self, kind: Kind, document: Document) -> set[str]:
        """The ids that the document points at and the user may not know of."""
        hidden = set()
        for place in kind.references(document):
            assert isinstance(place.type, Reference)
            if place.type.kind in HIDEABLE and not self._points_to_seen(place.type.kind, place.value):
                hidden.add(place.value)
        return hidden

    def _points_to_seen(self, kind: str, id: Any) -> bool:
        target = self.reader.get(kind, str(id))
        return target is None or self.sees(kind, target)

    def _revision(self, revision: Document) -> bool:
        return is_published(revision) or revision.get("owner") == self.user

    def _artifact(self, artifact: Document) -> bool:
        revisions = self.reader.find("artifact-revision", pointer_term(artifact["id"]))
        own = [item for item in revisions if item.get("artifact") == artifact["id"]]
        return any(self._revision(item) for item in own) or (not own and artifact.get("created_by") == self.user)

    def _content(self, content: Document) -> bool:
        users = self.reader.find("artifact-revision", pointer_term(content["id"]))
        return any(self._revision(item) for item in users) or (not users and content.get("created_by") == self.user)

    def _subscription(self, subscription: Document) -> bool:
        artifact = subscription.get("artifact")
        return artifact is None or self._points_to_seen("artifact", artifact)


def remove_ids(type_: Any, value: Any, hidden: set[str]) -> Any:
    """The value without any pointer at one of `hidden`."""
    if isinstance(type_, Reference):
        return None if value in hidden else value
    if isinstance(type_, Items) and isinstance(value, list):
        kept = [remove_ids(type_.of, item, hidden) for item in value]
        return [item for item in kept if item is not None]
    if isinstance(type_, Entries) and isinstance(value, dict):
        return {key: remove_ids(type_.of, item, hidden) for key, item in value.items()}
    if isinstance(type_, Group) and isinstance(value, dict):
        types = {item.name: item.type for item in type_.fields}
        pairs = {key: remove_ids(types[key], item, hidden) if key in types else item for key, item in value.items()}
        return {key: item for key, item in pairs.items() if item is not None}
    return value
