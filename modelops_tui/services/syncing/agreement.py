"""Whether this program and a remote fit each other: identity, format and schema. It takes nothing in."""

from __future__ import annotations

from typing import NamedTuple

from modelops_tui.errors import Refused
from modelops_tui.ports_remote import Remote, RemoteMeta
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.books import Books, state_of
from modelops_tui.services.syncing.commits import FORMAT, MIN_READER, MIN_WRITER, SCHEMA, HistoryGone
from modelops_tui.store.identity import new_id

UPDATE = "Update modelops, then sync again."


class Agreement(NamedTuple):
    """Why nothing may be sent, or nothing; the last commit that the views are known to show; the remote's schema."""

    refused_push: str = ""
    applied: int = 0
    schema: int = SCHEMA


def agree(home: Home, remote: Remote, *, upgrade: bool, found: bool, push: bool) -> Agreement:
    """Reads what the remote says of itself and, with `found`, founds an empty one.

    Raises HistoryGone for another remote than before, Refused when this program is too old to read it.
    """
    state = state_of(home.store) or {}
    meta = remote.read_meta()
    if meta is None:
        if state.get("remote_id"):
            raise HistoryGone("The remote was emptied since this home was last synced.")
        if not found:
            return Agreement()
        meta = remote.create_meta(RemoteMeta(new_id(), FORMAT, SCHEMA, MIN_READER, MIN_WRITER))
    if state.get("remote_id") not in (None, meta.remote_id):
        raise HistoryGone("This is another remote than the one that this home was synced with.")
    if meta.format != FORMAT:
        raise Refused(f"The remote has format {meta.format}; this program knows format {FORMAT}.", UPDATE)
    if meta.min_reader > SCHEMA:
        raise Refused(f"The remote needs a program of schema {meta.min_reader}; this one has {SCHEMA}.", UPDATE)
    if found and not state.get("remote_id"):
        with home.store.transaction(home.user["id"], "sync: first meeting", {"sync": str(state.get("name"))}) as tx:
            Books(tx).set_state(remote_id=meta.remote_id)
    refused = _refused_push(remote, meta, upgrade=upgrade, found=found) if push else ""
    return Agreement(refused, meta.applied, meta.schema)


def _refused_push(remote: Remote, meta: RemoteMeta, *, upgrade: bool, found: bool) -> str:
    if meta.min_writer > SCHEMA:
        return f"The remote takes changes from programs of schema {meta.min_writer} on; this one has {SCHEMA}."
    if meta.schema < SCHEMA:
        if not upgrade:
            return (
                f"The remote is of schema {meta.schema}, this program of {SCHEMA}: sending would shut out programs "
                f"older than {MIN_READER}. Agree with the others, then: modelops sync --upgrade"
            )
        if found:
            remote.raise_schema(SCHEMA, MIN_READER, MIN_WRITER)
    return ""
