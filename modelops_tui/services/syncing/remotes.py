"""The remote of a home: named, changed, forgotten. Its password lies in a treasure chest, and nothing here connects."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from modelops_tui.entities.addresses import address_problems, database_problems, split_address
from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import KINDS
from modelops_tui.errors import Invalid, NotFound, Problem, Refused
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.books import Books, demand_state, state_of
from modelops_tui.services.syncing.commits import FOUNDATION
from modelops_tui.services.syncing.credentials import credential_named, credential_text
from modelops_tui.services.syncing.planning import goes_by_id
from modelops_tui.store.identity import new_id

REACHED = ("name", "uri", "database", "ca_file", "allow_plaintext")
# Its log lies in a database of the same name with `_log` behind it.
LONGEST_DATABASE = 50


class RemoteSettings(NamedTuple):
    """How a remote is reached: an address without a password, and the chest and entry of its credentials.

    `credential` is the two as `CHEST/ENTRY`, as the chest (an id) is called now; all three are empty for none.
    """

    name: str
    uri: str
    database: str
    credential: str
    allow_plaintext: bool
    checkpoint: int
    ca_file: str = ""
    chest: str = ""
    entry: str = ""


def add_remote(
    home: Home,
    name: str,
    uri: str,
    *,
    database: str = "",
    credential: str = "",
    ca_file: str = "",
    allow_plaintext: bool = False,
) -> RemoteSettings:
    """Names the remote of this home; everything that is here counts as unsent.

    `credential` is `CHEST/ENTRY`, whose fields `user` and `password` log in. Raises Invalid for an address that
    cannot be used, NotFound for a chest or entry that is not there, Refused when there is a remote already,
    NotPermitted for who is no administrator.
    """
    home.catch_up()
    _demand_may_decide(home)
    former = state_of(home.store)
    if former is not None:
        raise Refused(
            f"This registry has the remote {former['name']} already.",
            f"Change its address: modelops remote set {former['name']} --uri URI. "
            f"Or forget it first: modelops remote remove {former['name']}",
        )
    reached = {
        "name": name,
        "uri": uri,
        "database": database or split_address(uri).path.strip("/") or "modelops",
        "ca_file": ca_file,
        "allow_plaintext": allow_plaintext,
    }
    _demand_usable(reached, credential)
    reached["chest"], reached["entry"] = credential_named(home, credential)
    with home.store.transaction(home.user["id"], f"remote add {name}", {"sync": name}) as transaction:
        books = Books(transaction)
        never_sent = {kind.name: "" for kind in KINDS if goes_by_id(kind.name)}
        books.set_state(**reached, replica=new_id(), checkpoint=0, hash=FOUNDATION, views=True, never_sent=never_sent)
        for kind in KINDS:
            for id in () if goes_by_id(kind.name) else home.store.ids(kind.name):
                books.set_base((kind.name, id), None)
    return remotes(home)[0]


def set_remote(home: Home, name: str, /, **changes: Any) -> RemoteSettings:
    """Changes how the remote is reached; what was synced stays known, so that a server may move.

    `changes` are those of `uri`, `database`, `credential`, `ca_file`, `allow_plaintext` and `name` that are to be
    other; an empty credential or ca_file is none. Clear text was allowed for one address: another `uri` needs it said
    again, and brings its own database where it names one. Raises as `add_remote` does, NotFound for another name.
    """
    home.catch_up()
    _demand_may_decide(home)
    state = _state_called(home, name)
    if "uri" in changes:
        changes.setdefault("allow_plaintext", changes["uri"] == state["uri"] and bool(state.get("allow_plaintext")))
        changes.setdefault("database", split_address(changes["uri"]).path.strip("/") or state["database"])
    credential = changes.pop("credential", None)
    reached = {field: changes.get(field, state.get(field)) for field in REACHED}
    _demand_usable(reached, credential or "")
    if credential is not None:
        changes["chest"], changes["entry"] = credential_named(home, credential)
    with home.store.transaction(home.user["id"], f"remote set {name}", {"sync": name}) as transaction:
        Books(transaction).set_state(**changes)
    return remotes(home)[0]


def _demand_usable(reached: Document, credential: str) -> None:
    problems = address_problems(reached["uri"], credential, allow_plaintext=bool(reached["allow_plaintext"]))
    if not problems:
        problems += database_problems(reached["database"], LONGEST_DATABASE)
    if not reached["name"].strip():
        problems.append(Problem("name", "must not be empty."))
    if reached["ca_file"] and not Path(reached["ca_file"]).is_file():
        problems.append(Problem("ca_file", f"must name a file; {reached['ca_file']} is none."))
    if problems:
        raise Invalid("This remote cannot be used.", problems)


def remotes(home: Home) -> list[RemoteSettings]:
    """The remotes of this home: one or none."""
    home.store.refresh_view()
    state = state_of(home.store)
    if state is None:
        return []
    chest, entry = str(state.get("chest") or ""), str(state.get("entry") or "")
    return [
        RemoteSettings(
            str(state["name"]),
            str(state["uri"]),
            str(state["database"]),
            credential_text(home, chest, entry),
            bool(state.get("allow_plaintext")),
            int(state["checkpoint"]),
            str(state.get("ca_file") or ""),
            chest,
            entry,
        )
    ]


def remove_remote(home: Home, name: str) -> None:
    """Forgets the remote and everything known of it; no document changes. Raises NotFound, NotPermitted."""
    home.catch_up()
    _demand_may_decide(home)
    _state_called(home, name)
    with home.store.transaction(home.user["id"], f"remote remove {name}", {"sync": name}) as transaction:
        Books(transaction).forget_everything()


def _demand_may_decide(home: Home) -> None:
    # A sync sends what is here, also what the acting user may not read, to wherever the remote is.
    from modelops_tui.services.administration import demand_administrator

    demand_administrator(home, "decides with which remote this registry is synced")


def _state_called(home: Home, name: str) -> Document:
    state = demand_state(home.store)
    if state["name"] != name:
        raise NotFound(f"There is no remote {name!r}.", f"The remote of this registry is called {state['name']}.")
    return state
