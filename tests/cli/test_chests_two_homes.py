"""A treasure chest from one home to the other by commands alone: shared, revealed there, merged, decided, refused."""

from __future__ import annotations

from secrets import token_hex

import pytest

from modelops_tui.adapters.mongo_remote import open_mongo_remote
from modelops_tui.ports_remote import LogEntry, RemoteAddress
from modelops_tui.services.syncing.commits import chained, pack, unpack
from tests.cli.conftest import Call
from tests.cli.teams import ada_fixture, bob_fixture, meet, uri_fixture
from tests.cli.vaults import PASSPHRASE, Source, own_vault_surroundings_fixture, script_fixture
from tests.sync.chest_laptops import tampered

__all__ = ["ada_fixture", "bob_fixture", "own_vault_surroundings_fixture", "script_fixture", "uri_fixture"]
TYPED = "MODELOPS_PASSPHRASE_FILE"


def put(somebody: Call, place: str, value: str) -> None:
    told = somebody("treasure-chest", "put", "prod", place, "--from-stdin", stdin=value)
    assert told.code == 0, told.err


def reveal(somebody: Call, place: str) -> str:
    told = somebody("treasure-chest", "reveal", "prod", place)
    assert told.code == 0, told.err
    return told.out.rstrip("\n")


@pytest.fixture
def people(ada: Call, bob: Call, script: Source) -> tuple[Call, Call]:
    """Two who have met, with a vault each and a chest that the first shared with the second."""
    script(PASSPHRASE)
    for one in (ada, bob):
        assert one("vault", "init").code == 0
    meet(ada, bob)
    assert ada("treasure-chest", "new", "prod").code == 0
    put(ada, "db.password", "s3cret of db")
    shared = ada("treasure-chest", "share", "prod", "--with", "bob")
    assert shared.code == 0 and bob("vault", "status", "--json").value["fingerprint"] in shared.out + shared.err
    meet(ada, bob)
    return ada, bob


def test_a_shared_chest_opens_on_the_second_laptop_until_it_is_taken_back(people: tuple[Call, Call]) -> None:
    ada, bob = people
    assert reveal(bob, "db.password") == "s3cret of db"
    put(bob, "api", "s3cret of bob")
    meet(bob, ada)
    assert reveal(ada, "api") == "s3cret of bob"
    told = ada("treasure-chest", "unshare", "prod", "--from", "bob")
    assert told.code == 0 and "Change the credentials themselves too" in told.err
    meet(ada, bob)
    refused = bob("treasure-chest", "reveal", "prod", "api")
    assert refused.code == 8 and "not sealed for you" in refused.err and refused.out == ""


def test_a_merge_waits_for_the_passphrase_and_says_so(
    people: tuple[Call, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = people
    put(ada, "api", "s3cret of ada")
    put(bob, "db.password", "s3cret of bob")
    assert ada("sync").code == 0
    with monkeypatch.context() as patch:
        patch.delenv(TYPED)
        waits = bob("sync")
    assert waits.code == 4 and "treasure-chest prod: was changed on both sides: it waits for your vault" in waits.out
    told = bob("vault", "unlock")
    assert told.code == 0 and "Merged 1 treasure chest with what the remote has." in told.err
    assert bob("sync").code == 0 and ada("sync").code == 0
    assert reveal(ada, "db.password") == "s3cret of bob" and reveal(bob, "api") == "s3cret of ada"
    # A script's passphrase is used in the sync itself.
    assert bob("vault", "lock").code == 0
    put(ada, "api", "s3cret, the next")
    put(bob, "third", "s3cret, the third")
    assert ada("sync").code == 0
    report = bob("sync", "--json").value
    assert report["merged_chests"] == 1 and report["held"] == [] and report["tampered"] == []
    assert "nothing came and nothing went" in bob("sync").out


def test_an_entry_that_both_changed_is_decided_without_being_shown(people: tuple[Call, Call]) -> None:
    ada, bob = people
    put(ada, "db.password", "s3cret of ada")
    put(bob, "db.password", "s3cret of bob")
    ada("sync")
    told = bob("sync")
    assert told.code == 4 and "entries.db" in told.out
    shown = bob("sync", "show", "prod")
    assert "sealed, version 1" in shown.out and "sealed, version 2" in shown.out
    everything = told.out + told.err + shown.out + bob("sync", "conflicts", "--json").out
    assert "s3cret" not in everything
    for form in ([], ["--json"]):
        revealed = bob("sync", "show", "prod", "--reveal", "db", *form)
        assert revealed.code == 0 and "s3cret of ada" in revealed.out and "s3cret of bob" in revealed.out
    assert "reveal db of treasure-chest prod in conflict" in bob("treasure-chest", "history", "prod").out
    assert bob("sync", "show", "prod", "--reveal", "api").code == 3
    typed = bob("sync", "resolve", "prod", "--field", "entries.db=hunter2")
    assert typed.code == 2 and "hunter2" not in typed.out + typed.err and "is sealed" in typed.err
    assert bob("sync", "resolve", "prod", "--take", "both").code == 2
    assert bob("sync", "resolve", "prod", "--field", "entries.db=theirs").code == 0
    assert bob("sync").code == 0
    assert reveal(bob, "db.password") == reveal(ada, "db.password") == "s3cret of ada"


def test_a_tampered_chest_ends_the_sync_with_8_and_leaves_the_own_one_in_use(
    people: tuple[Call, Call], server_port: int, database: str
) -> None:
    ada, bob = people
    uri = f"mongodb://127.0.0.1:{server_port}/?directConnection=true"
    remote = open_mongo_remote(RemoteAddress(uri, database))
    entries = remote.read_log(1, 100)
    key, body = next(
        (key, body) for entry in reversed(entries) for key, body in unpack(entry) if key[0] == "treasure-chest" and body
    )
    z, last = pack([(key, tampered(body))]), entries[-1].head
    head = last._replace(n=last.n + 1, cid=token_hex(12), prev=last.hash, hash=chained(last.hash, z), documents=1)
    remote.append(LogEntry(head, z))
    remote.close()
    assert ada("model", "new", "iris").code == 0
    told = ada("sync")
    assert told.code == 8 and "prod was tampered with" in told.out
    assert reveal(ada, "db.password") == "s3cret of db" and ada("sync").code == 4
    assert bob("sync").code == 8 and bob("model", "show", "iris").code == 0
    refused = bob("sync", "resolve", "prod", "--take", "theirs")
    assert refused.code == 8 and "tampered" in refused.err
    assert bob("sync", "resolve", "prod", "--take", "mine").code == 0 and bob("sync").code == 0
    assert ada("sync").code == 0 and reveal(ada, "db.password") == "s3cret of db"
