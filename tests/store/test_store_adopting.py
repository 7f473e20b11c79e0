"""Edits by hand are taken over as transactions that pass every rule, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, names, opened, renamed

from modelops_tui.errors import Invalid, Refused
from modelops_tui.store.adopting import adopt
from modelops_tui.store.store import Store


def edited_segment(store: Store, home: Path) -> tuple[list[dict], Path]:
    documents = [added(store, name=name) for name in ("aaaa", "bbbb", "cccc")]
    store.compact()
    return documents, next(home.glob("training.*.jsonl"))


def test_an_edit_by_hand_becomes_a_transaction(store: Store, home: Path) -> None:
    documents, segment = edited_segment(store, home)
    lines = segment.read_bytes().replace(b"aaaa", b"edited").splitlines()
    new = b'{"id":"' + b"f" * 24 + b'","rev":1,"name":"new"}'
    segment.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([lines[1], new, b"", lines[0]]))
    changed = adopt(home, NamesSchema(), segment.name, "ada")
    assert set(changed) == {documents[0]["id"], documents[2]["id"], "f" * 24}
    reached = opened(home)
    assert names(reached) == ["bbbb", "edited", "new"] and reached.verify() == []
    entry = next(reached.history("training", documents[0]["id"]))
    assert (entry.by, entry.before["name"], entry.after["name"]) == ("ada", "aaaa", "edited")
    store.refresh()
    assert names(store) == names(reached)


def test_an_edit_without_history_is_taken_as_the_truth(store: Store, home: Path) -> None:
    _, segment = edited_segment(store, home)
    shutil.rmtree(home / "history")
    segment.write_bytes(segment.read_bytes().replace(b"aaaa", b"edited"))
    adopt(home, NamesSchema(), segment.name, "ada")
    reached = opened(home)
    assert names(reached) == ["bbbb", "cccc", "edited"]
    assert next(reached.changes()).marks["adopted"]["by"] == "ada"


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        (b'"name":"aaaa"', b'"name":"bbbb"', Refused),
        (b'"name":"aaaa"', b'"name":1e999', Invalid),
        (b'"name":"aaaa"}', b'"name":"aaaa"', Invalid),
    ],
)
def test_an_edit_that_breaks_a_rule_is_refused_with_its_line(store, home: Path, old, new, failure) -> None:
    _, segment = edited_segment(store, home)
    segment.write_bytes(segment.read_bytes().replace(old, new))
    with pytest.raises(failure):
        adopt(home, NamesSchema(), segment.name, "ada")


def test_an_edit_of_what_was_changed_since_is_refused(store: Store, home: Path) -> None:
    documents, segment = edited_segment(store, home)
    renamed(store, documents[0], "since")
    segment.write_bytes(segment.read_bytes().replace(b"aaaa", b"edited"))
    with pytest.raises(Refused, match="since"):
        adopt(home, NamesSchema(), segment.name, "ada")
    assert names(opened(home)) == ["bbbb", "cccc", "since"]
