"""Whoever claims to be a remote keeps the same promises: the one in memory, and a real MongoDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelops_tui.ports_remote import AppendConflict, LogEntry, LogHead, Remote, RemoteMeta, ViewChange
from modelops_tui.services.syncing.commits import FOUNDATION, chained, pack
from tests.sync.memory_remote import MemoryRemote, Shared

STAMPS = {
    "created_at": "2026-11-21T23:53:00.123Z",
    "updated_at": "2026-11-21T23:53:00.123Z",
    "created_by": "a" * 24,
}
META = RemoteMeta("r" * 24, 1, 3, 1, 2)


@pytest.fixture(params=["memory", "mongo"])
def connect(request: pytest.FixtureRequest) -> Callable[[], Remote]:
    if request.param == "memory":
        shared = Shared()
        return lambda: MemoryRemote(shared)
    opener: Callable[[], Remote] = request.getfixturevalue("open_mongo")
    return opener


def entry(n: int, prev: str, cid: str = "c") -> LogEntry:
    z = pack([(("project", "1" * 24), {**STAMPS, "name": f"p{n}"})])
    return LogEntry(LogHead(n, f"{cid}{n}", prev, chained(prev, z), "r", "u" * 24, 1, "test", 1, "1 project"), z)


def chain(count: int) -> list[LogEntry]:
    found, prev = [], FOUNDATION
    for n in range(1, count + 1):
        found.append(entry(n, prev))
        prev = found[-1].head.hash
    return found


def test_it_is_founded_once(connect: Callable[[], Remote]) -> None:
    one, two = connect(), connect()
    assert one.read_meta() is None
    assert one.create_meta(META) == META
    assert two.create_meta(META._replace(remote_id="x")) == META
    two.raise_schema(5, 1, 1)
    assert one.read_meta() == META._replace(schema=5)


def test_the_log_gives_what_was_appended_in_order(connect: Callable[[], Remote]) -> None:
    one, two = connect(), connect()
    assert one.heads(1, 10) == one.read_log(1, 10) == one.last_heads(10) == []
    commits = chain(5)
    for commit in commits:
        one.append(commit)
    assert two.read_log(1, 10) == commits
    assert two.read_log(3, 2) == commits[2:4]
    assert two.heads(4, 10) == [commit.head for commit in commits[3:]]
    assert two.last_heads(2) == [commits[4].head, commits[3].head]


def test_a_number_is_taken_once_whoever_asks(connect: Callable[[], Remote]) -> None:
    one, two = connect(), connect()
    first = entry(1, FOUNDATION)
    one.append(first)
    for remote, commit in ((two, entry(1, FOUNDATION, "d")), (one, first)):
        with pytest.raises(AppendConflict):
            remote.append(commit)
    assert two.read_log(1, 10) == [first]


def test_views_show_the_newest_whatever_comes_when(connect: Callable[[], Remote]) -> None:
    one, two = connect(), connect()
    one.create_meta(META)

    def change(seq: int, body: dict[str, Any] | None, id: str = "1" * 24) -> ViewChange:
        return ViewChange("model-version", id, body, seq, "b" * 24)

    one.write_views([change(2, {**STAMPS, "name": "two"}), change(2, {**STAMPS, "name": "x"}, "2" * 24)])
    two.write_views([change(1, {**STAMPS, "name": "one"}), change(3, None, "2" * 24)])
    two.write_views([change(1, {**STAMPS, "name": "one"}, "3" * 24), change(2, {**STAMPS, "name": "x"}, "2" * 24)])
    shown = {item.id: (item.seq, item.body) for item in one.read_view("model-version")}
    assert shown == {
        "1" * 24: (2, {**STAMPS, "name": "two"}),
        "2" * 24: (3, None),
        "3" * 24: (1, {**STAMPS, "name": "one"}),
    }
    assert list(one.read_view("dataset")) == []
    one.set_applied(7)
    two.set_applied(5)
    meta = one.read_meta()
    assert meta is not None and meta.applied == 7
    one.note_replica("r", "ada", 7, "test")


def test_every_value_comes_back_as_it_was(connect: Callable[[], Remote]) -> None:
    remote = connect()
    copy = {
        "origin": {"kind": "build-version", "id": "4" * 24, "key": "iris:one"},
        "taken_at": "2026-01-01T00:00:00.000Z",
        "built_at": "1999-12-31T23:59:59.999Z",
        "project": {"origin": {"kind": "project", "id": "5" * 24, "key": "iris"}, "taken_at": "0", "name": "iris"},
    }
    details = {
        "$where": "1",
        "a.b": {"$gt": 1, "": 2, "x\0y": 3, "%24": 4, "_id": 5, "_sync": 6},
        "numbers": [0, -0.0, 1.0, 2**63 - 1, -(2**63), 1e300, True, None],
        "text": "2026-11-21T23:53:00.123Z",
        "id": "1" * 24,
        "deep": [[{"x": [[1]]}]],
    }
    body = {
        **STAMPS,
        "project": "2" * 24,
        "name": "n",
        "details": details,
        "bvers": copy,
        "task": {"state": "RUNNING", "progress": 0.5, "start_time": "2026-01-01T00:00:00.000Z"},
        "datasets": ["6" * 24, "7" * 24],
        "_id": "own",
        "_sync": "own",
        "from.newer$": {"a": 1},
    }
    remote.write_views([ViewChange("training", "1" * 24, body, 1, "b" * 24)])
    shown = next(remote.read_view("training"))
    assert shown.body == body
    assert repr(sorted(shown.body)) == repr(sorted(body))
    assert repr(shown.body["details"]["numbers"]) == repr(details["numbers"])
    z = pack([(("training", "1" * 24), body)])
    commit = LogEntry(LogHead(1, "c", FOUNDATION, chained(FOUNDATION, z), "r", "u", 1, "t", 1, "s"), z)
    remote.append(commit)
    assert remote.read_log(1, 1) == [commit]
