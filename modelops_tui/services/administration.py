"""Who may do what touches a registry as a whole, and the erasing of one document for good.

It never lets a rule of removal be passed by, and never takes an administrator for granted.
"""

from __future__ import annotations

from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import KINDS
from modelops_tui.errors import NotPermitted, Refused
from modelops_tui.services.home import Home
from modelops_tui.services.removing import Removal, remove
from modelops_tui.services.syncing.books import head_body, outbox_of, state_of
from modelops_tui.services.upkeep import purge_document
from modelops_tui.store.purging import Purged

# What was erased, and what still names it.
Erased = Purged


def demand_administrator(home: Home, does: str) -> None:
    """Raises NotPermitted, saying that only an administrator `does` it, unless the acting user is one."""
    missing = next((kind.name for kind in KINDS if not home.may("admin", kind)), "")
    if missing:
        raise NotPermitted(
            f"Only an administrator {does}: {home.user.get('name')} lacks {missing}:admin.",
            "Ask someone with the role administrator, or act as another user with --as.",
        )


def demand_erasable(home: Home, kind: Kind, id: str) -> None:
    """Raises NotPermitted unless the acting user may erase, Refused while the remote is known to hold the document.

    A laptop that forgot what the remote holds could neither tell the others of the removal nor meet their edits.
    """
    demand_administrator(home, "erases a document for good")
    if state_of(home.store) is None:
        return
    if outbox_of(home.store) is not None:
        raise Refused("A commit is on its way to the remote.", "Let it arrive first: modelops sync")
    if head_body(home.store, (kind.name, id)) is not None:
        here = home.store.get(kind.name, id) is not None
        send = f"modelops {kind.name} rm {id} && modelops sync" if here else "modelops sync"
        raise Refused(
            f"The remote holds this {kind.title}, so erasing it here would not be enough.",
            f"Remove it there first, then purge it by its id {id}: {send}",
        )


def erase(home: Home, kind: Kind, id: str, removal: Removal | None) -> Erased:
    """Removes a document as the plan says, when it is still there, and erases all that was ever written of it.

    What goes along by the plan is only removed. Raises NotPermitted, NotFound, Refused, OutsideMissing; after the
    last it can be asked for again by its id.
    """
    demand_erasable(home, kind, id)
    if removal is not None:
        remove(home, removal)
    return purge_document(home.store, kind.name, id, home.user["id"])
