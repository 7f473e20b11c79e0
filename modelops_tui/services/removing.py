"""Removal: its whole effect first, then exactly that in one transaction. It never removes what was not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelops_tui.entities.artifacts import is_published
from modelops_tui.entities.builtin import builtins
from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import Effect, removal
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.wording import an
from modelops_tui.errors import NotPermitted, Refused
from modelops_tui.services.home import Home
from modelops_tui.store.rules import refusal_text

SHOWN_LINES = 200


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal would do: the roots, the whole effect, and why it is refused, if it is.

    `removed` and `emptied` are what of the effect the user may see, as {kind, id, key} and for the latter the fields;
    `hidden` counts the rest.
    """

    targets: tuple[tuple[Kind, str], ...]
    effect: Effect
    refused: str
    removed: list[dict[str, Any]]
    emptied: list[dict[str, Any]]
    hidden: int

    def lines(self) -> list[str]:
        """The whole effect in sentences: what goes, what goes with it, whose pointers empty."""
        roots = {id for _, id in self.targets}
        lines = [
            f"{'removes' if item['id'] in roots else 'with it'}  {item['kind']} {item['key']}" for item in self.removed
        ]
        lines += [f"empties  {', '.join(item['fields'])} of {item['kind']} {item['key']}" for item in self.emptied]
        return [*lines, f"and {self.hidden} private documents of other users"] if self.hidden else lines


def plan_removal(home: Home, targets: Sequence[tuple[Kind, str]]) -> Removal:
    """Works out what removing `targets` does, and changes nothing.

    Raises NotFound, NotPermitted, and Refused for a kind that is never removed by hand.
    """
    roots: list[tuple[str, Document]] = []
    for kind, id in targets:
        if "rm" not in kind.verbs:
            raise Refused(f"{an(kind.title)} is never removed by hand.")
        document = home.read(kind, id)
        home.demand("delete", kind, id)
        refuse_to_go(home, kind, document)
        roots.append((kind.name, document))
    effect = removal(roots, home.store)
    removed = [
        _told(home, kind, document)
        for number, (kind, document) in enumerate(effect.removed.values())
        if number < len(roots) or _visible(home, kind, document)
    ]
    emptied = [
        _told(home, kind, document) | {"fields": list(changes)}
        for kind, document, changes in effect.emptied.values()
        if _visible(home, kind, document)
    ]
    hidden = len(effect.removed) + len(effect.emptied) - len(removed) - len(emptied)
    return Removal(tuple(targets), effect, _refused(home, effect), removed, emptied, hidden)


def refuse_to_go(home: Home, kind: Kind, document: Document) -> None:
    """Raises Refused for a document that is never removed by hand, whatever points at it."""
    if kind.name == "artifact-revision" and is_published(document):
        raise Refused("A published revision is never removed by hand.")
    if (kind.name, document["id"]) in {(name, item["id"]) for name, item in builtins()}:
        raise Refused(f"The {kind.title} {document.get('name') or document['id']} is built in; every registry has it.")
    if kind.name == "lock" and document.get("user") != home.user["id"] and not home.may("admin", kind):
        raise NotPermitted(f"The lock is held by {home.user_name(str(document.get('user')))}; only they release it.")


def remove(home: Home, plan: Removal) -> int:
    """Does exactly what the plan showed, in one transaction, and gives the number of documents removed.

    Raises Refused when a rule forbids it or when something changed since the plan was made.
    """
    if plan.refused:
        raise Refused(plan.refused, "See who uses it with its refs command.")
    names = [f"{kind.name} {label_of(kind, plan.effect.removed[id][1], home.names)}" for kind, id in plan.targets[:3]]
    more = f" and {len(plan.targets) - 3} more" if len(plan.targets) > 3 else ""
    with home.writing(f"rm {', '.join(names)}{more}") as transaction:
        roots = []
        for kind, id in plan.targets:
            document = transaction.get(kind.name, id)
            if document is None:
                raise Refused("It was removed meanwhile.", "Look again.")
            roots.append((kind.name, document))
        now = removal(roots, transaction)
        if now.removed.keys() != plan.effect.removed.keys() or now.emptied.keys() != plan.effect.emptied.keys():
            raise Refused("What would go with it has changed meanwhile.", "Look at the effect again.")
        for kind, id in plan.targets:
            transaction.remove(kind.name, id)
    return len(plan.effect.removed)


def _visible(home: Home, kind: str, document: Document) -> bool:
    return home.sight.sees(kind, document)


def _refused(home: Home, effect: Effect) -> str:
    hidden = [item for item in effect.refusals if not _visible(home, item.kind, item.document)]
    shown = Effect(effect.removed, {}, [item for item in effect.refusals if item not in hidden])
    text = refusal_text(shown, home.store)
    if hidden:
        text = f"{text} {len(hidden)} private documents of other users use it.".strip()
    return text


def _told(home: Home, kind: str, document: Document) -> dict[str, Any]:
    return {"kind": kind, "id": document["id"], "key": label_of(BY_NAME[kind], document, home.store)}
