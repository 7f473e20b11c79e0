"""Laptops whose people have vaults and share a treasure chest, made once and copied for each test."""

from __future__ import annotations

import copy
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pytest import MonkeyPatch

from modelops_tui import open_home
from modelops_tui.adapters import vault_cost
from modelops_tui.adapters.vault_chest import FernetChest
from modelops_tui.adapters.vault_header import Header
from modelops_tui.adapters.vault_keys import derive, fingerprint_of, text_of
from modelops_tui.adapters.vault_tokens import BadToken, box, open_token
from modelops_tui.adapters.vault_wrapping import Binding, public_key_of, unwrap
from modelops_tui.entities.field import Document
from modelops_tui.ports import Recipient
from modelops_tui.ports_remote import LogEntry
from modelops_tui.services import chest_sharing, chests, sync, vault
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.books import head_body
from modelops_tui.services.syncing.commits import Changes, chained, pack, unpack
from modelops_tui.store.bases import BASE, CONFLICT
from tests.sync.conftest import Laptop
from tests.sync.memory_remote import MemoryRemote, Shared
from tests.vault.conftest import PASSPHRASE, Surroundings

BOX = "box"


class ChestLaptop(Laptop):
    """A laptop with a vault: short words for what is done with its chest."""

    def __init__(self, home: Home, shared: Shared, environment: Mapping[str, str] | None = None) -> None:
        self.outside = Surroundings(home.folder, environment or {})
        super().__init__(Home(home.store, home.folder, home.user, self.outside), MemoryRemote(shared))
        self.shared = shared

    @property
    def id(self) -> str:
        return str(self.home.user["id"])

    def unlock(self) -> vault.VaultStatus:
        return vault.unlock(self.home, PASSPHRASE)

    def lock(self) -> None:
        vault.lock(self.home)

    def chest_id(self, name: str = BOX) -> str:
        self.home.catch_up()
        return str(self.get("treasure-chest", name)["id"])

    def chest(self, name: str = BOX) -> Document:
        return self.get("treasure-chest", name)

    def sealed(self, name: str = BOX) -> Document:
        document = self.chest(name)
        return {part: document.get(part) for part in ("entries", "header", "owner")}

    def all_sealed(self) -> dict[str, Document]:
        """The sealed part of every chest."""
        chests = self.home.store.documents("treasure-chest")
        return {id: {part: one.get(part) for part in ("entries", "header", "owner")} for id, one in chests.items()}

    def put(self, entry: str, value: str, name: str = BOX) -> None:
        chests.put(self.home, self.chest_id(name), entry, {"value": value})

    def drop(self, entry: str, name: str = BOX) -> None:
        chests.remove_entry(self.home, self.chest_id(name), entry)

    def reveal(self, entry: str, name: str = BOX) -> str:
        return chests.reveal(self.home, self.chest_id(name), entry)

    def everything(self, name: str = BOX) -> dict[str, str]:
        """Every value, read without a trace."""
        opened = self.outside.vault.open_chest(self.chest(name), self.id)
        return {entry: opened.value(entry, "value") for entry in self.chest(name).get("entries") or {}}

    def share(self, user: str, name: str = BOX) -> None:
        chest_sharing.share(self.home, self.chest_id(name), user)

    def unshare(self, user: str, name: str = BOX) -> None:
        chest_sharing.unshare(self.home, self.chest_id(name), user)

    def rotate(self, name: str = BOX) -> None:
        chest_sharing.rotate(self.home, self.chest_id(name))

    def holders(self, name: str = BOX) -> set[str]:
        return {one.name for one in chest_sharing.holders(self.home, self.chest_id(name))}

    def books(self) -> tuple[int, int]:
        """How many documents are unsent or kept from before, and how many chests wait or are in conflict."""
        self.home.store.refresh_view()
        return self.home.store.count(BASE), self.home.store.count(CONFLICT)

    def head(self, name: str = BOX) -> Document:
        """What the remote holds of the chest, as far as this laptop knows."""
        key = ("treasure-chest", self.chest_id(name))
        body = head_body(self.home.store, key)
        assert body is not None
        return {**body, "id": key[1]}

    def forge(self, body: Document | None, name: str = BOX) -> None:
        """Sends another body of the chest past all rules."""
        id = self.chest_id(name)
        change = {**{name: value for name, value in body.items() if name != "id"}} if body is not None else None
        send_forged(self, [(("treasure-chest", id), change)])

    def only_conflict(self) -> sync.Conflict:
        (conflict,) = self.conflicts()
        return conflict

    def written(self) -> int:
        self.home.store.refresh_view()
        return self.home.store.sequence


class Outsider:
    """Somebody with a key and without a laptop here, who keeps every chest key that was ever wrapped for them."""

    def __init__(self, laptop: ChestLaptop, name: str) -> None:
        self.private = X25519PrivateKey.generate().private_bytes_raw()
        public = public_key_of(self.private)
        user = laptop.new("user", name)
        with laptop.home.writing("a key") as transaction:
            values = {"public_key": text_of(public), "fingerprint": fingerprint_of(public)}
            transaction.update("user", user["id"], values)
        self.id = str(user["id"])


def opens_anything(user: str, private: bytes, kept: list[Document], chest: Document) -> bool:
    """Whether somebody who kept states of a chest can open a value of another state with any key that was in them."""
    keys = []
    for header in (one["header"] for one in [*kept, chest] if one.get("header")):
        for one in header["recipients"]:
            # Every wrapped key is tried, whoever it is for.
            try:
                keys.append(unwrap(one["wrapped_key"], Binding(chest["id"], header["epoch"], user), private))
            except BadToken:
                continue
    return any(opened_with(key, epoch, chest) for key in keys for epoch in range(1, 30))


def forged_chest(body: Document, epoch: int) -> tuple[Document, bytes]:
    """A chest in the place of another, sealed with a key of somebody's own for the same people; and that key."""
    key = token_bytes(32)
    made = FernetChest({**body, "entries": {}, "header": None}, key, Header(epoch, [], ""))
    for one in body["header"]["recipients"]:
        made.share(Recipient(one["user"], one["public_key"]))
    made.put("db", {"value": "forged"})
    return {**body, **made.sealed()}, key


def opened_with(key: bytes, epoch: int, chest: Document) -> bool:
    """Whether a chest key opens a value of a chest."""
    under = box(derive(key, "entry", chest["id"], epoch))
    for entry in (chest.get("entries") or {}).values():
        for token in entry["fields"].values():
            with suppress(BadToken):
                open_token(under, token)
                return True
    return False


def tampered(body: Document) -> Document:
    """A chest whose header vouches for what it does not hold."""
    mac = body["header"]["mac"]
    return {**body, "header": {**body["header"], "mac": ("A" if mac[0] != "A" else "B") + mac[1:]}}


def damaged(body: Document, entry: str) -> Document:
    """A chest with one sealed value that was changed where its header does not look."""
    there = body["entries"][entry]
    token = there["fields"]["value"]
    bad = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    return {**body, "entries": {**body["entries"], entry: {**there, "fields": {"value": bad}}}}


def send_forged(laptop: ChestLaptop, changes: Changes) -> None:
    """Appends a commit to the remote as somebody may who can write to its database."""
    log = laptop.shared.log
    last = log[max(log)].head
    z = pack(changes)
    head = last._replace(n=last.n + 1, cid=token_hex(12), prev=last.hash, hash=chained(last.hash, z), documents=1)
    log[head.n] = LogEntry(head, z)


class Team:
    """Some laptops and what they share."""

    def __init__(self, folder: Path, shared: Shared, names: tuple[str, ...]) -> None:
        self.folder = folder
        self.shared = shared
        self.homes = [open_home(folder / name, name) for name in names]
        self.laptops = [ChestLaptop(home, shared) for home in self.homes]
        for laptop in self.laptops:
            if not sync.remotes(laptop.home):
                sync.add_remote(laptop.home, "team", "mongodb://localhost/team")

    def __getitem__(self, name: str) -> ChestLaptop:
        return next(one for one in self.laptops if one.home.user["name"] == name)

    def meet(self) -> None:
        """Everybody syncs until nobody has anything new."""
        for _ in range(2):
            for laptop in self.laptops:
                laptop.sync()

    def on_the_wire(self) -> bytes:
        """Everything that was ever sent, unpacked, and what the views show."""
        commits = b"".join(zlib.decompress(entry.z) + repr(entry.head).encode() for entry in self.shared.log.values())
        return commits + repr(self.shared.views).encode()

    def at_rest(self) -> None:
        """Everybody has the same chest, nothing waits, and one more sync writes nothing on either side."""
        self.meet()
        commits = len(self.shared.log)
        before = [laptop.written() for laptop in self.laptops]
        for laptop in self.laptops:
            report = laptop.sync()
            assert report.nothing_new and not report.held and not report.tampered, report
        assert [laptop.written() for laptop in self.laptops] == before and len(self.shared.log) == commits
        assert all(laptop.books() == (0, 0) for laptop in self.laptops)
        assert all(laptop.all_sealed() == self.laptops[0].all_sealed() for laptop in self.laptops)

    def close(self) -> None:
        for home in self.homes:
            home.close()


@contextmanager
def team_of(folder: Path, template: tuple[Path, Shared, tuple[str, ...]], unlocked: bool = True) -> Iterator[Team]:
    """A copy of a template: everybody is at rest, and unlocked if wanted."""
    source, shared, names = template
    shutil.copytree(source, folder)
    team = Team(folder, copy.deepcopy(shared), names)
    if unlocked:
        for laptop in team.laptops:
            laptop.unlock()
    try:
        yield team
    finally:
        team.close()


@contextmanager
def derived_once() -> Iterator[None]:
    """Each passphrase is derived once for each vault: what that costs is measured elsewhere."""
    known: dict[str, bytes] = {}
    genuine = vault_cost.derived

    def derived(passphrase: str, cost: vault_cost.Cost, salt: bytes) -> bytes:
        place = repr((passphrase, cost, salt))
        if place not in known:
            known[place] = genuine(passphrase, cost, salt)
        return known[place]

    with MonkeyPatch.context() as patch:
        patch.setattr(vault_cost, "derived", derived)
        yield


def make_template(folder: Path, *names: str) -> tuple[Path, Shared, tuple[str, ...]]:
    """People who have met; the first owns the chest `box` with two entries, shared with the second."""
    team = Team(folder, Shared(), names)
    for laptop in team.laptops:
        vault.init_vault(laptop.home, PASSPHRASE)
        laptop.unlock()
    team.meet()
    owner, other = team.laptops[:2]
    owner.new("treasure-chest", BOX, desc="ours")
    owner.put("db", "db-0")
    owner.put("api", "api-0")
    owner.share(other.id)
    team.at_rest()
    team.close()
    return folder, team.shared, names


def logged_chests(shared: Shared) -> Iterator[tuple[int, Any]]:
    """Every body of a chest that was ever sent, with its commit."""
    for n in sorted(shared.log):
        for (kind, _), body in unpack(shared.log[n]):
            if kind == "treasure-chest":
                yield n, body
