"""The 38 kinds together, and how one is found by what people call it. It declares none of them."""

from __future__ import annotations

from typing import Final

from modelops_tui.entities import access, artifacts, delivery, lifecycle, properties, workflow
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import WrongUse

AREAS: Final[dict[str, tuple[Kind, ...]]] = {
    "lifecycle": lifecycle.KINDS,
    "workflow": workflow.KINDS,
    "artifacts": artifacts.KINDS,
    "properties": properties.KINDS,
    "access": access.KINDS,
    "delivery": delivery.KINDS,
}
KINDS: Final[tuple[Kind, ...]] = tuple(kind for kinds in AREAS.values() for kind in kinds)
BY_NAME: Final[dict[str, Kind]] = {kind.name: kind for kind in KINDS}
BY_CALL: Final[dict[str, Kind]] = BY_NAME | {short: kind for kind in KINDS for short in kind.shorts}


def kind_named(text: str) -> Kind:
    """The kind that a person calls `text`: its name or a short one, in the singular or the plural.

    Raises WrongUse with the nearest name when there is none.
    """
    word = text.strip().lower().replace("_", "-").replace(" ", "-")
    for form in (word, word.removesuffix("s"), word.removesuffix("ies") + "y"):
        if form in BY_CALL:
            return BY_CALL[form]
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(BY_CALL), n=1, cutoff=0.5)
    raise WrongUse(
        f"There is no kind {text!r}.",
        f"Did you mean {near[0]}?" if near else "See the kinds: modelops kinds",
    )
