"""A world of laptops that work offline, crash, are copied and meet, with everything that must hold of it.

The same world runs on a remote in memory and on a real server.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from modelops_tui import open_home
from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.errors import Invalid, NotFound, OutsideMissing, Refused, WrongUse
from modelops_tui.ports_remote import Remote
from modelops_tui.services import records, removing, sync
from modelops_tui.services.home import Home
from modelops_tui.services.syncing import going_along
from modelops_tui.services.syncing.bodies import Key, fields_of
from modelops_tui.services.syncing.books import base_of, base_records, conflict_of, local_body
from modelops_tui.services.syncing.checking import fold
from modelops_tui.store.bases import BASE
from tests.sync.places import fast_disk
from tests.sync.replicas import Crash, Replica, crashing, steady_ids, templates, usual_ids
from tests.sync.witness import TOKEN_FIELD, Witness, whole


class World(Witness):
    """The laptops, and what is known of every value ever written."""

    def __init__(
        self,
        count: int,
        connect: Callable[[int], Remote],
        observe: Callable[[], Remote],
        before: Sequence[str] = (),
    ) -> None:
        """Each home has a document of each of the kinds `before` when its remote is named."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=fast_disk(), prefix="modelops-world-"))
        steady_ids()
        self.connect = connect
        self.observe = observe
        self.replicas: list[Replica] = []
        for number in range(count):
            place = self.folder / str(number)
            shutil.copytree(templates()[number], place)
            self.replicas.append(Replica(place, f"user-{number}"))
        self.saved: dict[int, tuple[Path, str]] = {}
        self.syncs = self.crashes = self.conflicts_met = 0
        self.copied = False
        for number in range(count):
            self.name_remote(number, before)

    def close(self) -> None:
        for replica in self.replicas:
            replica.home.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        usual_ids()

    # What people do.

    def name_remote(self, number: int, kinds: Sequence[str]) -> None:
        for index, kind in enumerate(kinds):
            self.make(number, kind, f"of-{number}-{index}")
        sync.add_remote(self.replicas[number].home, "team", "mongodb://localhost/team")

    def documents(self, number: int, *kinds: str) -> list[Key]:
        store = self.replicas[number].home.store
        return [(kind, id) for kind in kinds for id in store.ids(kind)]

    @contextlib.contextmanager
    def refusals(self) -> Iterator[None]:
        """A person may be refused; that is no fault."""
        with contextlib.suppress(Refused, Invalid, NotFound, WrongUse):
            yield

    def make(self, number: int, kind: str, key: str, **values: Any) -> None:
        home = self.replicas[number].home
        if TOKEN_FIELD in BY_NAME[kind].by_name:
            values[TOKEN_FIELD] = self.token(None)
        with self.refusals():
            records.create(home, BY_NAME[kind], values, key)

    def edit(self, number: int, key: Key, *, back_to: str | None = None) -> None:
        home = self.replicas[number].home
        document = home.store.get(*key)
        if document is None or TOKEN_FIELD not in BY_NAME[key[0]].by_name:
            return
        old = document.get(TOKEN_FIELD)
        if back_to is None:
            new = self.token(old)
        else:
            new = back_to
            self.parents.setdefault(new, set()).add(old)
        with self.refusals():
            records.change(home, BY_NAME[key[0]], key[1], {TOKEN_FIELD: new})

    def revert(self, number: int, key: Key) -> None:
        """Sets the field to what the remote has, by hand."""
        record = base_of(self.replicas[number].home.store, key)
        value = ((record or {}).get("body") or {}).get(TOKEN_FIELD)
        if isinstance(value, str) and value.startswith("token-"):
            self.edit(number, key, back_to=value)

    def change(self, number: int, key: Key, **changes: Any) -> None:
        with self.refusals():
            records.change(self.replicas[number].home, BY_NAME[key[0]], key[1], changes)

    def rename(self, number: int, key: Key, name: str) -> None:
        with self.refusals():
            records.rename(self.replicas[number].home, BY_NAME[key[0]], key[1], name)

    def remove(self, number: int, key: Key) -> None:
        home = self.replicas[number].home
        with self.refusals():
            removing.remove(home, removing.plan_removal(home, [(BY_NAME[key[0]], key[1])]))

    def resolve(self, number: int, index: int, choice: str) -> None:
        home = self.replicas[number].home
        found = sync.conflicts(home)
        if not found:
            return
        conflict = found[index % len(found)]
        self.conflicts_met += 1
        decision: Any = choice
        if "both sides" not in conflict.what:
            decision = choice if choice in ("mine", "theirs") else "mine"
        if conflict.other:
            self.tokens += 1
            decision = f"{'mine' if choice == 'mine' else 'theirs'}=free-{self.tokens}"
            if choice == "both":
                decision = "same"
        if "removed there" in conflict.what and decision == "mine":
            self.chosen_back.add((conflict.kind, conflict.document))
        if ("removed there" in conflict.what, decision) in ((True, "mine"), (False, "theirs")):
            # Whoever keeps a record keeps what went along with it.
            along = going_along.went_along(home, (conflict.kind, conflict.document))
            self.chosen_back.update((entry.kind, entry.id) for entry in along)
        for field in conflict.fields:
            if field.path == TOKEN_FIELD:
                self._remember_choice(field, decision)
        with self.refusals():
            sync.resolve(home, conflict.id, decision)

    def _remember_choice(self, field: sync.FieldConflict, decision: str) -> None:
        if decision in ("mine", "same"):
            self.parents.setdefault(str(field.mine), set()).add(field.theirs)
        if decision in ("theirs", "same"):
            self.parents.setdefault(str(field.theirs), set()).add(field.mine)
        if decision == "both":
            self.parents.setdefault(f"{field.theirs}\n{field.mine}", set()).update((field.mine, field.theirs))

    def save(self, number: int) -> None:
        """A backup of a home."""
        place = self.folder / f"saved-{number}"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.replicas[number].folder, place)
        self.saved[number] = (place, self.replicas[number].user)

    def restore(self, number: int) -> None:
        """A home is put back to its backup: what was not synced since is gone with the disk."""
        if number not in self.saved:
            return
        replica = self.replicas[number]
        self.copied = True
        replica.home.close()
        shutil.rmtree(replica.folder)
        place, replica.user = self.saved[number]
        shutil.copytree(place, replica.folder)
        replica.home = open_home(replica.folder, replica.user)

    def clone(self, source: int, target: int) -> None:
        """A home is copied to another machine, books, outbox and all."""
        if source == target:
            return
        self.copied = True
        replica, other = self.replicas[target], self.replicas[source]
        replica.home.close()
        shutil.rmtree(replica.folder)
        shutil.copytree(other.folder, replica.folder)
        replica.user = other.user
        replica.home = open_home(replica.folder, replica.user)

    # Sync, and what must hold after it.

    def sync(
        self, number: int, *, crash_at: int = 0, before: bool = True, aware: bool = False
    ) -> sync.SyncReport | None:
        """Syncs one laptop; `aware` when its person goes on working meanwhile."""
        replica = self.replicas[number]
        edits = {} if aware else self.edits(replica.home)
        known = {item.id for item in sync.conflicts(replica.home)}
        self.syncs += 1
        remote = self.connect(number)
        try:
            with crashing(replica.home, crash_at, before):
                return sync.sync(replica.home, remote)
        except Crash:
            self.crashes += 1
            replica.reopen()
        except OutsideMissing:
            pass
        finally:
            remote.close()
            self.check_edits_are_kept(replica.home, edits)
            self.check_conflicts_are_real(replica.home, known)
        return None

    def edits(self, home: Home) -> dict[Key, Document | None]:
        """What was written or removed here since the last sync."""
        found: dict[Key, Document | None] = {}
        for record in base_records(home.store):
            key = (str(record["kind"]), str(record["document"]))
            body, base = local_body(home.store, key), record.get("body")
            if body is None:
                if base is not None:
                    found[key] = None
            else:
                found[key] = {
                    name: value
                    for name, value in fields_of(body).items()
                    if name == TOKEN_FIELD and (base or {}).get(name) != value
                }
        return found

    def check_edits_are_kept(self, home: Home, edits: dict[Key, Document | None]) -> None:
        self.check_log()
        home.store.refresh_view()
        for key, fields in edits.items():
            document = home.store.get(*key)
            if fields is None:
                conflict = conflict_of(home.store, key) or {}
                back = document is not None and conflict.get("deleted") != "here"
                assert not back or key in self.chosen_back, f"{key} is back unasked"
                continue
            # What was sent by then may have been changed or removed by somebody who had seen it.
            was_sent = fields.get(TOKEN_FIELD) in self.ever.get(key, ())
            assert document is not None or was_sent, f"{key} was edited here and is gone"
            for name, value in fields.items() if document is not None else ():
                now = document.get(name)
                kept = now == value or (was_sent and self.descends(str(now), value))
                assert kept, f"{key}: {name} was {value}, is {now}"

    def check_log(self) -> None:
        """Every commit that is new is right."""
        remote = self.observe()
        self.check_log_of(remote)
        remote.close()

    def check_homes(self) -> None:
        """Names and references are valid in every home at every moment."""
        for replica in self.replicas:
            store = replica.home.store
            store.refresh_view()
            everything = {
                (kind.name, id): document for kind in KINDS for id, document in store.documents(kind.name).items()
            }
            whole(everything.get, everything)
            if len(self.replicas) == 1 and not self.copied:
                assert not sync.conflicts(replica.home), "a lone replica never conflicts"

    def check_conflicts_are_real(self, home: Home, before: set[str]) -> None:
        """What was made from theirs is no conflict with it, except in a home that forgot what it had sent."""
        new = [item for item in sync.conflicts(home) if item.id not in before and not self.copied]
        for conflict in new:
            for field in conflict.fields:
                if field.path == TOKEN_FIELD and field.mine and field.theirs:
                    assert not self.descends(str(field.mine), str(field.theirs)), f"{conflict} is none"

    def settle(self, choices: Callable[[], str]) -> None:
        """Everybody syncs and decides until nothing is open, then all are the same."""
        for _ in range(30):
            quiet = True
            for number, replica in enumerate(self.replicas):
                report = self.sync(number)
                assert report is not None
                while sync.conflicts(replica.home):
                    quiet = False
                    before = len(sync.conflicts(replica.home))
                    self.resolve(number, 0, choices())
                    if len(sync.conflicts(replica.home)) >= before:
                        self.resolve(number, 0, "mine")
                    if len(sync.conflicts(replica.home)) >= before:
                        self.resolve(number, 0, "theirs")
                        break
                quiet = quiet and report.nothing_new
            if quiet:
                break
        else:
            raise AssertionError("it never comes to rest")

    def check_at_rest(self) -> None:
        """All homes, the log and the views hold the same; syncing again does nothing."""
        remote = self.observe()
        self.check_log()
        folded = {key: fields_of(body) for key, (_, _, body) in fold(remote)[0].items() if body is not None}
        for replica in self.replicas:
            store = replica.home.store
            store.refresh_view()
            local = {
                (kind.name, id): fields_of(local_body(store, (kind.name, id)) or {})
                for kind in KINDS
                for id in store.ids(kind.name)
            }
            differing = {key: (local.get(key), folded.get(key)) for key in local.keys() | folded.keys()}
            differing = {key: both for key, both in differing.items() if both[0] != both[1]}
            assert not differing, f"{replica.user}: {differing}"
            assert not store.count(BASE), f"counted as unsent: {list(store.documents(BASE).values())}"
            assert sync.verify_remote(replica.home, remote) == []
        remote.close()
