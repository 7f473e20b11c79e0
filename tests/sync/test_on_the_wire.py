"""What must never leave a machine is in no byte on the wire, in no encoding, and in no commit when it is unpacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import decode

from modelops_tui.adapters.mongo_remote import MongoRemote
from modelops_tui.services import chests, sync, vault
from modelops_tui.services.home import Home
from modelops_tui.services.passwords import verifier_of
from tests.sync.conftest import Laptop, meet
from tests.sync.test_private import CANARY, PRIVATE_IDS, furnish
from tests.sync.wire import Proxy
from tests.vault.conftest import PASSPHRASE, Surroundings
from tests.vault.searching import Search, inflated

Connect = Callable[..., MongoRemote]
PASSWORD = f"{CANARY}-password"


def messages(captured: bytes) -> Iterator[bytes]:
    """The messages of the wire protocol, one after the other."""
    place = 0
    while place < len(captured):
        length = int.from_bytes(captured[place : place + 4], "little")
        yield captured[place : place + length]
        place += length


def documents(message: bytes) -> Iterator[dict[str, Any]]:
    """The documents of an OP_MSG: its body, and its sequences of documents."""
    assert int.from_bytes(message[12:16], "little") in (2013, 2004, 1)
    if int.from_bytes(message[12:16], "little") != 2013:
        return
    place = 20
    while place < len(message):
        kind, place = message[place], place + 1
        length = int.from_bytes(message[place : place + 4], "little")
        end = place + length
        if kind == 1:
            place = message.index(b"\0", place + 4) + 1
        while place < end:
            size = int.from_bytes(message[place : place + 4], "little")
            yield decode(message[place : place + size])
            place += size


def commits(captured: bytes) -> list[bytes]:
    """The content of every commit that went by, in either direction."""
    found = []
    for message in messages(captured):
        for document in documents(message):
            batch = [document, *document.get("cursor", {}).get("firstBatch", [])]
            found += [item["z"] for item in batch if isinstance(item.get("z"), bytes)]
    return found


@pytest.fixture
def with_secrets(ada: Laptop) -> Laptop:
    """Somebody with everything that is private: see `furnish`, and a chest and a password of their own."""
    furnish(ada)
    home = Home(ada.home.store, ada.home.folder, ada.home.user, Surroundings(ada.home.folder, {}))
    vault.init_vault(home, PASSPHRASE)
    vault.unlock(home, PASSPHRASE)
    chest = ada.new("treasure-chest", "keys")["id"]
    chests.put_many(home, chest, {"db": {"password": PASSWORD}, "api": {"token": f"{CANARY}-token"}})
    assert chests.reveal(home, chest, "db", "password") == PASSWORD
    with ada.home.writing("password") as transaction:
        verifier = f"{verifier_of(PASSWORD)}{CANARY}"
        transaction.update("user", ada.home.user["id"], {"has_password": True, "password_verifier": verifier})
    return ada


def test_nothing_private_is_found_in_any_byte(
    with_secrets: Laptop, bob: Laptop, open_mongo: Connect, proxy: Proxy
) -> None:
    ada = with_secrets
    ada.remote, bob.remote = open_mongo(proxy.port), open_mongo(proxy.port)
    meet(ada, bob)
    # What becomes private, is edited while it is, and is compared from the beginning leaves nothing behind either.
    ada.set("group", "8" * 24, shared=False)
    ada.set("group", "8" * 24, name=f"ours, {CANARY}")
    ada.set("project", "iris", desc="public", home_dir=f"/home/{CANARY}/moved")
    with ada.home.writing("edit the sandbox") as transaction:
        transaction.update("artifact-revision", "1" * 24, {"path": f"m/{CANARY}-3", "description": CANARY})
    meet(ada, bob)
    sync.reclone(ada.home, ada.remote)
    meet(ada, bob)

    captured = bytes(proxy.captured)
    contents = commits(captured)
    assert len(contents) >= 4
    everything = [captured, *inflated(captured)]
    for public in (b"m/public", b"iris", b"treasure-chest/", b"wrapped_key", b"has_password"):
        assert any(public in data for data in everything[1:]), "the search sees into commits"
    search = Search(CANARY, PASSPHRASE, *PRIVATE_IDS)
    assert not any(search.in_bytes(data) for data in everything)
    for id in PRIVATE_IDS:
        assert bytes.fromhex(id) not in captured, "nor as an ObjectId"
    assert b"password_verifier" not in b"".join(everything) and b"home_dir" not in b"".join(everything)


def test_the_search_finds_what_is_there(with_secrets: Laptop, open_mongo: Connect, proxy: Proxy) -> None:
    with_secrets.remote = open_mongo(proxy.port)
    with_secrets.new("project", "leak", desc=f"see {CANARY} there")
    with_secrets.sync()
    captured = bytes(proxy.captured)
    search = Search(CANARY)
    assert search.in_bytes(captured), "in the view"
    assert any(search.in_bytes(data) for data in commits(captured)), "in the commit"
