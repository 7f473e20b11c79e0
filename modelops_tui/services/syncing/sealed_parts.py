"""What is sealed of a chest when two sides meet, as far as no key is needed. It opens nothing and vouches for nothing.

Entries, header and owner of a sealed chest are one thing, the sealed part: the header vouches for all of it. All other
fields merge like those of any document. Of the sealed part, in the transaction that takes a change in:

- changed there only: theirs is taken at once, and what was here before is kept as `former` until a key has found theirs
  to be whole; where it is not, `former` comes back.
- changed on both sides: mine stays whole and in use, and `base`, the last common one, is kept with theirs (which is in
  the base record of the document). It is not sent before a key has merged the two; see `chest_merging`.
- changed on both sides with nobody here who can open both: a person decides for one side as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.services.syncing.bodies import alike

CHEST = "treasure-chest"
SEALED = ("entries", "header", "owner")
# Why no key merges a chest: theirs or mine is not what was sealed, theirs never came of mine, it is not for me there
# any more, nobody here opens both, or the whole chest was removed there.
TAMPERED, BROKEN, REPLACED, UNSHARED, CLOSED = "tampered", "broken", "replaced", "unshared", "closed"
REMOVED = "removed"

Holders = Callable[[Mapping[str, Any]], frozenset[str]]


def nobody_holds(sealed: Mapping[str, Any]) -> frozenset[str]:  # noqa: ARG001 – stands in for who would be asked
    """The holders of a home without vaults."""
    return frozenset()


def sealed_of(body: Mapping[str, Any] | None) -> Document:
    """The sealed part of a chest; empty for one that was never sealed."""
    if not body or not (body.get("header") or body.get("entries")):
        return {}
    return {name: body[name] for name in SEALED if body.get(name) is not None}


def with_sealed(body: Mapping[str, Any], sealed: Mapping[str, Any]) -> Document:
    """The chest with another sealed part; without one it keeps its owner."""
    kept = {name: value for name, value in body.items() if name not in SEALED or (name == "owner" and not sealed)}
    return {**kept, **sealed}


def recipients_of(sealed: Mapping[str, Any]) -> dict[str, str]:
    """Who a chest is sealed for, with the public key of each; nothing needs to be opened."""
    found = (sealed.get("header") or {}).get("recipients")
    recipients = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return {str(one.get("user")): str(one.get("public_key")) for one in recipients}


def epoch_of(sealed: Mapping[str, Any]) -> int:
    """The number of the key of a chest, 0 for one that was never sealed."""
    epoch = (sealed.get("header") or {}).get("epoch")
    return epoch if isinstance(epoch, int) else 0


def entries_of(sealed: Mapping[str, Any]) -> Document:
    """The sealed entries by their names."""
    return sealed.get("entries") or {}


def holders_of_both(mine: Document, theirs: Document, holders: Holders) -> frozenset[str]:
    """Who of this home can open both sides; a side that was never sealed is open to whoever opens the other."""
    sides = [holders(side) for side in (mine, theirs) if side]
    return frozenset.intersection(*sides) if sides else frozenset()


def meet(
    waiting: Mapping[str, Any] | None, base: Document | None, mine: Document, theirs: Document, holders: Holders
) -> tuple[Document, Document | None]:
    """The sealed part to keep here when `theirs` comes in, and what waits for a key: `former` or `base`, or None.

    `waiting` is what waited until now. `base`, `mine` and `theirs` are bodies.
    """
    waiting = waiting or {}
    common = waiting.get("base", sealed_of(base))
    m, t = sealed_of(mine), sealed_of(theirs)
    if alike(m, t):
        return t, {"former": waiting["former"]} if "former" in waiting else None
    if alike(t, common) and not alike(m, common):
        return m, None
    if alike(m, common):
        former = waiting.get("former", m)
        kept = former and t and not alike(former, t) and holders_of_both(former, t, holders)
        return t, {"former": former} if kept else None
    if holders_of_both(m, t, holders):
        return m, {"base": common}
    return m, {"base": common, "trouble": UNSHARED if holders(m) else CLOSED}


def removed_there(
    waiting: Mapping[str, Any] | None, base: Mapping[str, Any] | None, mine: Mapping[str, Any] | None
) -> Document | None:
    """What is kept of the sealed part of a chest that was removed there and stays here, or None for the same one.

    It tells what both were last in common with, should the chest come back there, and that somebody may have been let
    in there since: mine does not go out again with its old key.
    """
    if alike(sealed_of(mine), sealed_of(base)):
        return None
    return {"base": (waiting or {}).get("base", sealed_of(base)), "trouble": REMOVED}


def is_entry(item: Mapping[str, Any]) -> bool:
    """Whether a clash is about one sealed entry."""
    return len(item["path"]) == 2 and item["path"][0] == "entries"


def entry_clashes(fields: Iterable[Document], sealed: Document, theirs: Document) -> list[Document]:
    """The clashes of entries with what the remote holds now; none where its sealed part is the one that is kept.

    Only a key tells that one is over: what is sealed there again as it was before may change once more.
    """
    if alike(sealed, sealed_of(theirs)):
        return []
    there = entries_of(theirs)
    return [{**item, "theirs": there.get(item["path"][1])} for item in fields if is_entry(item)]


def waits_for_key(record: Mapping[str, Any]) -> bool:
    """Whether both sides changed a chest and a key can merge them."""
    sealed = record.get("sealed") or {}
    return "base" in sealed and not sealed.get("trouble")


def trouble_of(record: Mapping[str, Any]) -> str:
    """Why the sealed part of a chest needs a person, or nothing."""
    return str((record.get("sealed") or {}).get("trouble") or "")


def unmerged(body: Document | None, record: Mapping[str, Any] | None) -> Document | None:
    """What mine was last in common with: the body of the remote, with the sealed part from before what waits."""
    sealed = (record or {}).get("sealed") or {}
    return with_sealed(body, sealed["base"]) if body is not None and "base" in sealed else body
