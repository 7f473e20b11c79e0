"""What is written is found again, by this process and by others."""

from __future__ import annotations

import contextlib
import gc
import os
import stat
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, opened

from modelops_tui.errors import Damaged, Failure, Invalid, NotFound, Refused
from modelops_tui.store.store import Store


def test_a_document_gets_its_envelope_before_its_fields(store: Store) -> None:
    document = added(store, name="night-7", depth=3)
    names = ["id", "rev", "created_at", "updated_at", "created_by", "name", "depth"]
    assert list(document) == names
    assert (document["rev"], document["created_by"], len(document["id"])) == (1, "ada", 24)


def test_a_written_document_is_found_by_another_store_after_a_refresh(store, home) -> None:
    other = opened(home)
    document = added(store, name="night-7")
    assert other.get("training", document["id"]) is None
    assert other.refresh() == {"training"}
    assert other.get("training", document["id"]) == document
    assert other.find("training", "name:night-7") == [document]
    assert other.refresh() == frozenset()


def test_a_refresh_tells_of_own_writes_once(store: Store) -> None:
    added(store, name="a")
    assert store.refresh() == {"training"}
    assert store.refresh() == frozenset()


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    first = added(store, name="a")
    with store.transaction("ada", "more") as tx:
        second = tx.insert("training", {"name": "b"})
        tx.update("training", first["id"], {"name": "c"})
        assert tx.find("training", "name:a") == []
        assert [one["id"] for one in tx.find("training", "name:c")] == [first["id"]]
        assert set(tx.documents("training")) == {first["id"], second["id"]}
        tx.remove("training", second["id"])
        assert tx.get("training", second["id"]) is None
        assert list(tx.documents("training")) == [first["id"]]
        assert store.get("training", first["id"]) == first
    assert store.count("training") == 1


def test_an_error_in_the_body_writes_nothing(store: Store, home: Path) -> None:
    before = (home / "journal.0.jsonl").read_bytes()
    with pytest.raises(ZeroDivisionError), store.transaction("ada", "oops") as tx:
        tx.insert("training", {"name": "a"})
        raise ZeroDivisionError
    assert store.count("training") == 0
    assert (home / "journal.0.jsonl").read_bytes() == before


def test_a_refused_check_writes_nothing(store: Store) -> None:
    added(store, name="a")
    with pytest.raises(Refused, match="taken"):
        added(store, name="a")
    assert store.count("training") == 1


def test_a_check_may_write_more(home: Path) -> None:
    class Stamping(NamesSchema):
        def check(self, transaction):
            for change in transaction.changes():
                transaction.update(change.kind, change.id, {"checked": True})

    store = Store.open(home, Stamping())
    document = added(store, name="a")
    assert store.get("training", document["id"])["checked"] is True


def test_rename_a_to_b_while_b_becomes_c(store: Store) -> None:
    a, b = added(store, name="a"), added(store, name="b")
    with store.transaction("ada", "rename") as tx:
        tx.update("training", a["id"], {"name": "b"})
        tx.update("training", b["id"], {"name": "c"})
    assert [one["id"] for one in store.find("training", "name:b")] == [a["id"]]


def test_an_update_keeps_fields_it_does_not_know(store: Store) -> None:
    document = added(store, name="a", from_a_newer_program={"x": [1]})
    with store.transaction("bob", "set") as tx:
        tx.update("training", document["id"], {"name": "b"})
    changed = store.get("training", document["id"])
    assert changed["from_a_newer_program"] == {"x": [1]}
    assert (changed["rev"], changed["created_by"]) == (2, "ada")


def test_an_update_that_changes_nothing_writes_nothing(store: Store) -> None:
    document = added(store, name="a", flag=True)
    with store.transaction("ada", "set") as tx:
        assert tx.update("training", document["id"], {"flag": True}) == document
    assert store.sequence == 1
    with store.transaction("ada", "there and back") as tx:
        tx.update("training", document["id"], {"flag": False})
        tx.update("training", document["id"], {"flag": True})
    assert store.sequence == 1


def test_true_and_one_are_different_values(store: Store) -> None:
    document = added(store, name="a", flag=True)
    with store.transaction("ada", "set") as tx:
        tx.update("training", document["id"], {"flag": 1})
    assert type(store.get("training", document["id"])["flag"]) is int


def test_a_field_can_be_taken_away(store: Store) -> None:
    document = added(store, name="a", flag=True)
    with store.transaction("ada", "unset") as tx:
        tx.update("training", document["id"], {}, without=["flag", "never there"])
    assert "flag" not in store.get("training", document["id"])


def test_a_stale_revision_is_refused_naming_both(store: Store) -> None:
    document = added(store, name="a")
    with store.transaction("ada", "set") as tx:
        tx.update("training", document["id"], {"name": "b"}, if_rev=1)
    with pytest.raises(Refused, match="revision is 2, not 1"):
        with store.transaction("ada", "set") as tx:
            tx.update("training", document["id"], {"name": "c"}, if_rev=1)


def test_a_missing_document_is_not_found(store: Store) -> None:
    for verb in ("update", "replace", "remove"):
        with pytest.raises(NotFound), store.transaction("ada", verb) as tx:
            arguments = ({},) if verb != "remove" else ()
            getattr(tx, verb)("training", "0" * 24, *arguments)


def test_an_id_is_never_given_twice(store: Store, home: Path) -> None:
    document = added(store, name="a")
    with pytest.raises(Refused, match="exists already"):
        with store.transaction("ada", "again") as tx:
            tx.insert("training", {}, id=document["id"])
    with store.transaction("ada", "remove") as tx:
        tx.remove("training", document["id"])
    for reached in (store, opened(home)):
        with pytest.raises(Refused, match="was removed"):
            with reached.transaction("ada", "again") as tx:
                tx.insert("training", {}, id=document["id"])
        reached.compact()
    with store.transaction("ada", "restore") as tx:
        restored = tx.insert("training", {"name": "a"}, id=document["id"], restoring=True)
    assert (store.count("training"), restored["rev"]) == (1, 2)


def test_a_replaced_document_goes_on_in_its_revisions(store: Store) -> None:
    document = added(store, name="a", other=1)
    with store.transaction("ada", "undo") as tx:
        tx.replace("training", document["id"], {"name": "b", "rev": 77})
    replaced = store.get("training", document["id"])
    assert (replaced["rev"], replaced["name"], "other" in replaced) == (2, "b", False)
    assert replaced["created_at"] == document["created_at"]


def test_what_the_caller_does_to_its_values_later_changes_nothing(store: Store) -> None:
    tags = ["a"]
    document = added(store, name="a", tags=tags)
    tags.append("b")
    assert store.get("training", document["id"])["tags"] == ["a"]


def test_a_clock_that_goes_back_does_not_put_time_back(store: Store) -> None:
    with store.transaction("ada", "late", at="2099-01-01T00:00:00.000Z") as tx:
        tx.insert("training", {"name": "a"})
    document = added(store, name="b")
    assert document["created_at"] == "2099-01-01T00:00:00.000Z"
    store.compact()
    assert added(store, name="c")["created_at"] == "2099-01-01T00:00:00.000Z"


def test_values_json_cannot_hold_are_refused_with_every_path(store: Store) -> None:
    deep: list = []
    for _ in range(95):
        deep = [deep]
    bad = {"a": float("nan"), "b": [2**63], "c": "\ud800", "d": {1: 2}, "e": (1,), "f": deep}
    with pytest.raises(Invalid) as caught:
        added(store, **bad)
    paths = [problem.path for problem in caught.value.problems]
    assert paths[:5] == ["a", "b[0]", "c", "d.1", "e"] and paths[5].startswith("f[0][0]")
    with pytest.raises(Invalid, match="stored"):
        added(store, big="x" * (8 * 1024 * 1024))
    assert store.sequence == 0


@pytest.mark.parametrize("value", [-0.0, 2**63 - 1, -(2**63), "\u2028 \x00 é", 1e308, [[]], ""])
def test_odd_values_come_back_as_they_were(store: Store, home: Path, value) -> None:
    document = added(store, value=value)
    store.compact()
    back = opened(home).get("training", document["id"])["value"]
    assert (repr(back), type(back)) == (repr(value), type(value))


def test_ids_and_documents_are_in_id_order(store: Store) -> None:
    ids = [f"{number:024x}" for number in (5, 3, 9, 1)]
    for id in ids[:2]:
        with store.transaction("ada", "add") as tx:
            tx.insert("training", {}, id=id)
    assert list(store.documents("training")) == sorted(ids[:2])
    store.compact()
    with store.transaction("ada", "add") as tx:
        for id in ids[2:]:
            tx.insert("training", {}, id=id)
    assert store.ids("training") == list(store.documents("training")) == sorted(ids)
    assert store.find_ids_prefix("training", "0" * 23) == sorted(ids)
    assert store.find_ids_prefix("training", "f") == []
    assert store.find_ids_prefix("training", "not an id") == []


def test_a_mapping_handed_out_does_not_change_under_its_reader(store: Store) -> None:
    added(store, name="a")
    before = store.documents("training")
    for _ in before:
        added(store, name="b")
    assert (len(before), len(store.documents("training"))) == (1, 2)


def test_bytes_are_searched_in_segments_and_in_the_journal(store: Store) -> None:
    old, changed = added(store, name="needle one"), added(store, name="needle two")
    store.compact()
    with store.transaction("ada", "set") as tx:
        tx.update("training", changed["id"], {"name": "other"})
    new = added(store, name="needle three")
    found = {one["id"] for one in store.scan_bytes("training", b"needle")}
    assert found == {old["id"], new["id"]}


def test_what_was_decoded_before_a_change_and_a_compaction_is_not_found_again(store: Store) -> None:
    document = added(store, name="same", x="old needle")
    store.compact()
    store.documents("training")
    with store.transaction("ada", "set") as tx:
        tx.update("training", document["id"], {"x": "new needle"})
    store.compact()
    assert [one["x"] for one in store.scan_bytes("training", b"needle")] == ["new needle"]
    assert [one["x"] for one in store.find("training", "name:same")] == ["new needle"]


def test_bytes_are_found_wherever_a_piece_of_the_search_ends(store: Store, monkeypatch) -> None:
    from modelops_tui.store import segment

    with store.transaction("ada", "many") as tx:
        ids = [tx.insert("training", {"name": f"n{n}", "x": "y" * (n % 37), "z": "needle"})["id"] for n in range(60)]
    store.compact()
    for size in (7, 16, 61, 200, 1000):
        monkeypatch.setattr(segment, "_SEARCHED", size)
        assert [one["id"] for one in store.scan_bytes("training", b'"needle"')] == ids
        assert [one["name"] for one in store.scan_bytes("training", b'"n41"')] == ["n41"]


def test_a_nested_transaction_is_a_fault(store: Store) -> None:
    with store.transaction("ada", "outer") as tx:
        tx.insert("training", {"name": "a"})
        with pytest.raises(Failure, match="inside another"):
            added(store, name="b")
    assert store.count("training") == 1


def test_a_transaction_is_not_used_after_its_end(store: Store) -> None:
    with store.transaction("ada", "add") as tx:
        pass
    with pytest.raises(Failure, match="after its end"):
        tx.insert("training", {})


def test_files_are_private_whatever_the_umask(home: Path) -> None:
    former = os.umask(0o077 ^ 0o777)
    try:
        store = opened(home)
        added(store, name="a")
        store.compact()
    finally:
        os.umask(former)
    for path in [home, *home.rglob("*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_a_home_without_a_store_is_not_found_when_none_is_to_be_made(home: Path) -> None:
    with pytest.raises(NotFound):
        opened(home, create=False)
    assert not home.exists()


def test_a_home_that_lost_its_manifest_is_damaged(store: Store, home: Path) -> None:
    added(store, name="a")
    (home / "MANIFEST").unlink()
    with pytest.raises(Damaged, match="MANIFEST is missing"):
        opened(home)


def test_a_newer_format_is_refused(store: Store, home: Path) -> None:
    text = (home / "MANIFEST").read_text()
    newer = text.replace('"format": 1', '"format": 2')
    (home / "MANIFEST").write_text(newer.replace('"oldest_reader": 1', '"oldest_reader": 2'))
    with pytest.raises(Refused, match="format 2"):
        opened(home)


def test_a_newer_format_that_says_so_is_read_but_not_written(store: Store, home: Path) -> None:
    document = added(store, name="a")
    text = (home / "MANIFEST").read_text()
    newer = text.replace('"format": 1', '"format": 2').replace("{", '{"what_is_this": [1],', 1)
    (home / "MANIFEST").write_text(newer)
    reached = opened(home)
    assert reached.get("training", document["id"]) == document
    with pytest.raises(Refused, match="writes format 1 only"):
        added(reached, name="b")
    assert (home / "MANIFEST").read_text() == newer


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format":1}', "\ufeff{}"])
def test_a_broken_manifest_is_damaged(store: Store, home: Path, text: str) -> None:
    (home / "MANIFEST").write_text(text)
    with pytest.raises(Damaged):
        opened(home)


def test_a_store_moved_elsewhere_is_the_same_store(store: Store, home: Path) -> None:
    document = added(store, name="a")
    store.compact()
    moved = home.parent / 'späces & "quotes"'
    home.rename(moved)
    assert opened(moved).get("training", document["id"]) == document


def test_a_store_replaced_by_a_backup_is_read_anew(store: Store, home: Path) -> None:
    import shutil

    first = added(store, name="a")
    shutil.copytree(home, home.parent / "backup")
    second = added(store, name="b")
    shutil.rmtree(home)
    (home.parent / "backup").rename(home)
    store.refresh()
    assert store.get("training", first["id"]) == first
    assert store.get("training", second["id"]) is None
    third = added(store, name="c")
    assert opened(home).ids("training") == [first["id"], third["id"]]


@pytest.mark.parametrize("ending", ["kept", "dropped", "forked"])
def test_the_garbage_collector_rests_only_while_a_large_transaction_is_open(store: Store, ending: str) -> None:
    states = []
    try:
        with store.transaction("ada", "many") as tx:
            for number in range(1500):
                tx.insert("training", {"name": f"n{number}"})
                if number in (10, 1499):
                    states.append(gc.isenabled())
            if ending == "forked":
                child = os.fork()
                if child == 0:
                    with contextlib.suppress(Failure):
                        tx.__exit__(None, None, None)
                    os._exit(gc.isenabled())
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
            if ending == "dropped":
                raise KeyError
    except KeyError:
        pass
    assert states == [True, False] and gc.isenabled()
    assert store.count("training") == (0 if ending == "dropped" else 1500)
