"""What is erased for good is in no book of sync either, and the others are told of its removal first."""

from __future__ import annotations

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import Refused
from modelops_tui.ports_remote import RemoteUnreachable
from modelops_tui.services import sync
from modelops_tui.services.administration import erase
from modelops_tui.services.removing import plan_removal
from modelops_tui.store.bases import OUTBOX
from tests.sync.conftest import Laptop, meet

PROJECT = BY_NAME["project"]


def purge(laptop: Laptop, id: str) -> None:
    here = laptop.home.store.get("project", id) is not None
    erase(laptop.home, PROJECT, id, plan_removal(laptop.home, [(PROJECT, id)]) if here else None)


def bytes_of(laptop: Laptop) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(laptop.home.folder.rglob("*")) if path.is_file())


def test_what_the_remote_holds_is_erased_once_it_is_removed_there(ada: Laptop, bob: Laptop) -> None:
    kept = ada.new("project", "kept", desc="as it was")
    id = ada.new("project", "quite-secret", desc="a")["id"]
    meet(ada, bob)
    with pytest.raises(Refused, match="remote holds this project"):
        purge(ada, id)
    bob.set("project", "quite-secret", desc="bob's secret")
    bob.sync()
    ada.set("project", "quite-secret", desc="ada's secret")
    ada.sync()
    assert [one.label for one in ada.conflicts()] == ["quite-secret"]
    ada.resolve("quite-secret", "mine")
    ada.set("project", "quite-secret", name="still-secret")
    ada.remove("project", "still-secret")
    with pytest.raises(Refused) as refused:
        purge(ada, id)
    assert id in refused.value.hint and "modelops sync" in refused.value.hint
    meet(ada, bob)
    purge(ada, id)
    assert b"secret" not in bytes_of(ada)
    # Where a commit was kept on its way, it was packed: no word of it could be found.
    journals = b"".join(path.read_bytes() for path in (ada.home.folder / "history").glob("*.jsonl"))
    assert b'"sync-state"' in journals and OUTBOX.encode() not in journals
    ada.set("project", "kept", desc="changed since")
    meet(ada, bob)
    assert ada.bodies() == bob.bodies() and bob.get("project", "kept")["desc"] == "changed since"
    assert bob.home.store.get("project", id) is None and ada.home.store.verify() == []
    assert [entry.after["desc"] for entry in ada.home.store.history("project", kept["id"])] == [
        "changed since",
        "as it was",
    ]
    assert sync.verify_remote(ada.home, ada.remote) == []


def test_what_was_never_sent_is_erased_at_once(ada: Laptop) -> None:
    earlier = ada.new("project", "secret-before")["id"]
    ada.new("project", "sent")
    purge(ada, earlier)
    ada.sync()
    later = ada.new("project", "secret-after")["id"]
    ada.set("project", "secret-after", desc="secret too")
    purge(ada, later)
    ada.sync()
    assert b"secret" not in bytes_of(ada) and ada.unsent_records() == 0


def test_nothing_is_erased_while_a_commit_is_on_its_way(ada: Laptop) -> None:
    id = ada.new("project", "p")["id"]
    ada.remote.fault = lambda call: "reply" if call == "append" else ""
    with pytest.raises(RemoteUnreachable):
        ada.sync()
    with pytest.raises(Refused, match="on its way"):
        purge(ada, id)
    ada.remote.fault = lambda call: ""
    ada.sync()
    with pytest.raises(Refused, match="remote holds"):
        purge(ada, id)
