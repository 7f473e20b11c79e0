"""A remote may be broken, older, newer or hostile: it can at worst be refused, and nothing of it stays."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from modelops_tui.errors import Refused
from modelops_tui.ports_remote import LogEntry
from modelops_tui.services import sync
from modelops_tui.services.syncing import commits
from modelops_tui.services.syncing.commits import HistoryGone, chained, pack
from modelops_tui.store.codec import encode
from tests.sync.conftest import Laptop, Opener, meet
from tests.sync.memory_remote import Shared

ID = "1" * 24
STAMPS = {"created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z", "created_by": "a" * 24}


def append(shared: Shared, z: bytes, **head: Any) -> None:
    """Puts a commit on the remote whose hashes are right, whatever it holds."""
    last = shared.log[max(shared.log)].head
    made = last._replace(n=last.n + 1, cid="x", prev=last.hash, hash=chained(last.hash, z), user="b" * 24)
    shared.log[made.n] = LogEntry(made._replace(**head), z)


def content(value: Any) -> bytes:
    return zlib.compress(encode(value))


@pytest.mark.parametrize(
    "z",
    [
        b"",
        b"no zlib at all",
        content(1)[:-3],
        content({"a": 1}),
        content([1]),
        content([["project/" + ID]]),
        content([["project", None]]),
        content([["project/../../x", None]]),
        content([[f"no-such-kind/{ID}", {**STAMPS}]]),
        content([[f"project/{ID}", 7]]),
        content([[f"project/{ID}", {**STAMPS, "created_at": 5}]]),
        content([[f"project/{ID}", {**STAMPS, "created_by": {"$ne": 1}}]]),
        content([[f"project/{ID}", {**STAMPS, "name": {"$gt": ""}}]]),
        content([[f"project/{ID}", {**STAMPS}]]),
        content([[f"project/{ID}", {**STAMPS, "name": "../../etc"}]]),
        content([[f"training/{ID}", {**STAMPS, "project": "x", "name": "t", "notebook": "n"}]]),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b" " * (200 * 1024 * 1024), 1),
    ],
    ids=range(18),
)
def test_content_that_is_not_valid_is_refused_whole(ada: Laptop, bob: Laptop, shared: Shared, z: bytes) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    append(shared, z)
    bodies, sequence = bob.bodies(), bob.home.store.sequence
    for _ in range(2):
        with pytest.raises(Refused):
            bob.sync()
    assert bob.bodies() == bodies and bob.home.store.sequence == sequence
    bob.new("project", "work-goes-on")


@pytest.mark.parametrize(
    "damage",
    [
        lambda log, n: log.pop(n - 1),
        lambda log, n: log.update({n: log[n]._replace(z=log[n].z + b"x")}),
        lambda log, n: log.update({n: log[n]._replace(head=log[n].head._replace(prev="0" * 64))}),
        lambda log, n: log.update({n: log[n]._replace(head=log[n].head._replace(hash="not hex"))}),
        lambda log, n: log.update({n + 5: log.pop(n)._replace(head=log[n - 1].head._replace(n=n + 5))}),
    ],
    ids=["gap", "content", "chain", "hash", "number"],
)
def test_a_damaged_chain_is_refused(
    ada: Laptop, open_laptop: Opener, shared: Shared, damage: Callable[[dict[int, LogEntry], int], None]
) -> None:
    for name in "abc":
        ada.new("project", name)
        ada.sync()
    damage(shared.log, max(shared.log))
    eve = open_laptop("eve")
    with pytest.raises(Refused):
        eve.sync()
    assert sync.verify_remote(ada.home, ada.remote) or isinstance(history_error(ada), HistoryGone)


def history_error(laptop: Laptop) -> Exception | None:
    try:
        laptop.sync()
    except Refused as refused:
        return refused
    return None


def test_local_fields_from_outside_are_not_taken_over(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    meet(ada, bob)
    body = {**STAMPS, "name": "eve", "password_verifier": "known", "has_password": True}
    project = {**STAMPS, "name": "p", "home_dir": "/etc", "id": "x", "rev": 99}
    append(shared, pack([(("user", ID), body), (("project", ID), project)]))
    bob.sync()
    assert "password_verifier" not in bob.home.store.get("user", ID)
    project = bob.home.store.get("project", ID)
    assert "home_dir" not in project and project["id"] == ID


def test_a_pointer_that_points_at_nothing_is_told(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    meet(ada, bob)
    append(shared, pack([(("dataset", ID), {**STAMPS, "name": "d", "model": "2" * 24})]))
    report = bob.sync()
    assert report.notes
    bob.new("project", "work-goes-on")
    assert bob.sync().pushed == 1


def test_an_older_program_reads_no_newer_remote(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    ada.new("project", "iris")
    ada.sync()
    assert shared.meta is not None
    shared.meta = shared.meta._replace(schema=9, min_reader=9, min_writer=9)
    with pytest.raises(Refused) as refused:
        bob.sync()
    assert "schema 9" in refused.value.says and bob.home.store.count("project") == 0


def test_an_older_program_only_takes_in_from_a_remote_that_newer_ones_write(
    ada: Laptop, bob: Laptop, shared: Shared
) -> None:
    ada.new("project", "iris")
    ada.sync()
    assert shared.meta is not None
    shared.meta = shared.meta._replace(schema=9, min_writer=9)
    bob.new("project", "bobs")
    count = len(shared.log)
    report = bob.sync()
    assert report.refused_push and bob.get("project", "iris") and len(shared.log) == count
    assert bob.unsent_records() > 0


def test_a_newer_program_asks_before_it_shuts_others_out(
    ada: Laptop, bob: Laptop, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.new("project", "iris")
    ada.sync()
    monkeypatch.setattr("modelops_tui.services.syncing.agreement.SCHEMA", 2)
    bob.new("project", "bobs")
    assert "--upgrade" in bob.sync().refused_push
    assert shared.meta is not None and shared.meta.schema == 1
    assert bob.sync(upgrade=True).pushed > 0
    assert shared.meta.schema == 2


def test_fields_of_a_newer_program_survive_an_older_one(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    meet(ada, bob)
    append(shared, pack([(("project", ID), {**STAMPS, "name": "iris", "from_the_future": {"a": [1]}})]))
    bob.sync()
    bob.set("project", "iris", desc="by bob")
    meet(bob, ada)
    assert ada.get("project", "iris")["from_the_future"] == {"a": [1]}
    assert ada.get("project", "iris")["desc"] == "by bob"


def test_another_format_is_refused(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    ada.sync()
    assert shared.meta is not None
    shared.meta = shared.meta._replace(format=commits.FORMAT + 1)
    with pytest.raises(Refused):
        bob.sync()
