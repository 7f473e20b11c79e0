"""Random work on one chest of three laptops, with who knew what written down beside it.

Every put, removal, sharing and decision is an event that knows what it was made over. What a laptop shows must be the
last of what it has seen: where two events do not know of each other, it must have asked.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from hypothesis.stateful import RuleBasedStateMachine, initialize

from modelops_tui.adapters.vault_wrapping import Binding, unwrap
from modelops_tui.entities.field import Document
from modelops_tui.errors import Refused, VaultFailure
from modelops_tui.ports import VaultLocked
from modelops_tui.services import history, vault
from modelops_tui.services.syncing.books import conflict_of
from modelops_tui.services.syncing.commits import unpack
from modelops_tui.services.syncing.sealed_parts import trouble_of, waits_for_key
from tests.sync.chest_laptops import Team, opened_with, tampered, team_of
from tests.sync.driving import Spaces, step, strategies
from tests.sync.memory_remote import Shared
from tests.vault.conftest import PASSPHRASE, Surroundings

ENTRIES = ("db", "api", "new")
# Whether somebody is let in is a place like an entry: `in` or nothing.
IN = "in"
PEOPLE = range(3)
DEEDS = ("put", "put", "drop", "share", "unshare", "rotate", "undo", "describe")
totals = {"runs": 0, "syncs": 0, "merges": 0, "conflicts": 0, "unshared": 0, "tampered": 0, "undone": 0, "commits": 0}
Seen = dict[str, frozenset[int]]


class Events:
    """What was done to each place, and over what."""

    def __init__(self, values: dict[str, str | None]) -> None:
        self.value: dict[int, str | None] = {}
        self.over: dict[int, frozenset[int]] = {}
        self.first: Seen = {place: frozenset((self.add(value, frozenset()),)) for place, value in values.items()}

    def add(self, value: str | None, over: frozenset[int]) -> int:
        event = len(self.value)
        self.value[event], self.over[event] = value, over
        return event

    def last(self, seen: frozenset[int]) -> set[str | None]:
        """The values of the events that no other of them was made over."""
        passed = {old for event in seen for old in self.over[event]}
        return {self.value[event] for event in seen - passed}


class ChestMachine(RuleBasedStateMachine):
    """Three people, of whom the first owns the chest; what cannot be done does nothing."""

    template: tuple[Path, Shared, tuple[str, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="chests-"))
        self._team = team_of(self.folder / "team", self.template)
        self.team: Team = self._team.__enter__()
        self.laptops = self.team.laptops
        self.numbers = count()
        self.oracles = [Surroundings(one.home.folder, {}).vault for one in self.laptops]
        for oracle, one in zip(self.oracles, self.laptops, strict=True):
            oracle.unlock(one.id, PASSPHRASE, 600)
        self.chest = self.laptops[0].chest_id()
        self.asked: list[set[str]] = [set(), set(), set()]
        self.done = [0, 0, 0]
        self.keys: dict[str, list[tuple[int, bytes]]] = {one.id: [] for one in self.laptops}
        self.forged = ""
        self.checked = 0

    beginnings: Spaces = {"all_are_in": (False, True)}

    @initialize(**strategies(beginnings))
    def open(self, all_are_in: bool) -> None:
        if all_are_in:
            self.laptops[0].share(self.laptops[2].id)
            self.team.at_rest()
        self.events = Events(self.shown(0))
        self.places = set(self.events.first)
        self.seen: list[Seen] = [dict(self.events.first) for _ in range(3)]
        # What was known by whoever sent each state of the remote, and up to which one everybody has taken in.
        self.remotes: list[Seen] = [dict(self.events.first)]
        self.heads: list[Seen] = [self.remotes[0]] * 3
        self.taken = [1, 1, 1]
        self.check_log()

    def document(self, who: int) -> Document:
        home = self.laptops[who].home
        home.catch_up()
        found = home.store.get("treasure-chest", self.chest)
        assert found is not None
        return found

    def shown(self, who: int, document: Document | None = None) -> dict[str, str | None]:
        """Who is let in, and every value where a laptop's person is; values of others are not in it."""
        document = document or self.document(who)
        within = {one["user"] for one in document["header"]["recipients"]}
        found: dict[str, str | None] = {one.id: IN if one.id in within else None for one in self.laptops[1:]}
        if self.laptops[who].id in within:
            opened = self.oracles[who].open_chest(document, self.laptops[who].id)
            there = document.get("entries") or {}
            found |= {entry: opened.value(entry, "value") if entry in there else None for entry in ENTRIES}
        return found

    def record(self, who: int) -> Document:
        return conflict_of(self.laptops[who].home.store, ("treasure-chest", self.chest)) or {}

    def unseen(self, who: int) -> bool:
        """Whether something came while the vault was locked, which nobody looked at yet."""
        return "former" in (self.record(who).get("sealed") or {})

    def act(self, who: int, deed: str, place: str, whom: int) -> None:
        one, other = self.laptops[who], self.laptops[whom].id
        if deed == "put":
            one.put(place, f"{place}-{next(self.numbers)}")
        elif deed == "drop" and place in (one.chest().get("entries") or {}):
            one.drop(place)
        elif deed == "share":
            one.share(other)
        elif deed == "unshare":
            one.unshare(other)
            totals["unshared"] += 1
        elif deed == "rotate":
            one.rotate()
        elif deed == "describe":
            one.set("treasure-chest", "box", desc=f"by {one.home.user['name']}")
        elif deed == "undo" and self.done[who]:
            history.undo(one.home)
            totals["undone"] += 1
            self.done[who] -= 2

    @step(who=PEOPLE, deed=DEEDS, place=ENTRIES, whom=PEOPLE)
    def work(self, who: int, deed: str, place: str, whom: int) -> None:
        if self.unseen(who):
            return
        # Whatever opens the vault merges what waits first: what is done then is done over it.
        self.merge_if_open(who)
        before, rev = self.shown(who), self.document(who)["rev"]
        try:
            self.act(who, deed, place, whom)
        except (VaultFailure, Refused):
            return
        after = self.shown(who)
        self.done[who] += self.document(who)["rev"] > rev
        for name in before.keys() & after.keys():
            if before[name] != after[name]:
                self.happened(who, name, after[name])

    @step(one=PEOPLE, other=PEOPLE, deed=DEEDS, other_deed=DEEDS, place=ENTRIES, other_place=ENTRIES, whom=PEOPLE)
    def work_apart(
        self, one: int, other: int, deed: str, other_deed: str, place: str, other_place: str, whom: int
    ) -> None:
        """Two do something before they meet."""
        self.work(one, deed, place, whom)
        self.work(other, other_deed, other_place, whom + 1 if whom < 2 else 1)
        self.sync(one)
        self.sync(other)

    def happened(self, who: int, place: str, value: str | None) -> None:
        head = self.heads[who][place]
        if place in self.asked[who] and self.events.last(head) == {value}:
            # Whoever does what the other side did has decided.
            self.seen[who][place] = head
            self.asked[who].discard(place)
            return
        common = self.seen[who][place] & head
        if self.events.last(common) == {value}:
            # As it was before: what was done and taken back without being sent was never done.
            self.seen[who][place] = common
            return
        event = self.events.add(value, self.seen[who][place])
        self.seen[who][place] |= {event}

    @step(who=PEOPLE)
    def lock(self, who: int) -> None:
        self.laptops[who].lock()

    @step(who=PEOPLE)
    def unlock(self, who: int) -> None:
        waited = "base" in (self.record(who).get("sealed") or {})
        self.laptops[who].unlock()
        self.merged(who, waited)

    def merge_if_open(self, who: int) -> None:
        """What can be merged with what was there last is merged, where the vault is open."""
        laptop = self.laptops[who]
        if laptop.outside.vault.unlocked(laptop.id) is not None:
            waited = "base" in (self.record(who).get("sealed") or {})
            vault.demand_unlocked(laptop.home)
            self.merged(who, waited)

    def merged(self, who: int, waited: bool) -> None:
        """Writes down what came of a merge, where one waited."""
        if waited:
            totals["merges"] += not self.record(who).get("sealed")
            self.take_in(who)
        self.check(who)

    @step(who=PEOPLE)
    def sync(self, who: int) -> None:
        self.merge_if_open(who)
        before = len(self.team.shared.log)
        between, self.heads[who] = self.remotes[self.taken[who] :], self.remotes[-1]
        report = self.laptops[who].sync()
        totals["syncs"] += 1
        totals["merges"] += report.merged_chests
        totals["tampered"] += len(report.tampered)
        self.take_in(who, between)
        for n in range(before + 1, len(self.team.shared.log) + 1):
            if ("treasure-chest", self.chest) in dict(unpack(self.team.shared.log[n])):
                self.heads[who] = dict(self.seen[who])
                self.remotes.append(self.heads[who])
        self.taken[who] = len(self.remotes)
        self.check_log()
        self.check(who)

    @step(who=PEOPLE, odds=range(10))
    def forge(self, who: int, odds: int) -> None:
        """Somebody at the database spoils what was sent last, which everybody has seen."""
        if odds or self.forged:
            return
        for one in (0, 1, 2, 0, 1):
            self.sync(one)
        spoilt = tampered(self.last_body())
        self.laptops[who].forge(spoilt)
        self.forged = spoilt["header"]["mac"]

    def last_body(self) -> Document:
        log = self.team.shared.log
        return next(body for n in sorted(log, reverse=True) for (_, id), body in unpack(log[n]) if id == self.chest)

    def take_in(self, who: int, between: Sequence[Seen] = ()) -> None:
        """Writes down what a laptop knows now that it has looked at the remote, or merged."""
        record = self.record(who)
        self.asked[who] = {item["path"][1] for item in record.get("fields") or [] if item["path"][0] == "entries"}
        spoilt = self.laptops[who].head()["header"]["mac"] == self.forged
        if waits_for_key(record) or trouble_of(record) or spoilt:
            return
        last, shown = self.events.last, {} if self.unseen(who) else self.shown(who)
        for place in self.places - self.asked[who]:
            mine, head = self.seen[who][place], self.heads[who][place]
            # One state of the remote comes in after the other: who did what one of them did goes along with the next.
            met = any(last(mine) == last(one[place]) for one in between)
            goes_along = met and last(head) == {shown.get(place, *last(head))}
            self.seen[who][place] = head if goes_along else self.joined(mine, head)

    def joined(self, mine: frozenset[int], head: frozenset[int]) -> frozenset[int]:
        """What somebody knows who takes in what the remote holds: a side that came back to the base did nothing."""
        last = self.events.last
        if last(mine) in (last(head), last(mine & head)):
            return head
        both = mine | head
        if last(head) == last(mine & head) and last(both) != last(mine):
            (value,) = last(mine)
            return both | {self.events.add(value, both)}
        return both

    @step(who=PEOPLE, mine=(False, True))
    def resolve(self, who: int, mine: bool) -> None:
        self.decide(who, "mine" if mine else "theirs")

    def decide(self, who: int, choice: str) -> bool:
        """Decides about all that is in conflict here; whether it could be."""
        laptop = self.laptops[who]
        found = [item for item in laptop.conflicts() if item.document == self.chest]
        if not found:
            return False
        totals["conflicts"] += 1
        if choice not in found[0].choices:
            choice = found[0].choices[0]
        paths = [field.path for field in found[0].fields]
        names = self.places if "entries" in paths else {path.partition(".")[2] for path in paths if "entries." in path}
        values = {} if self.unseen(who) else self.shown(who)
        try:
            laptop.resolve(self.chest, choice)
        except VaultLocked:
            return False
        except VaultFailure:
            if choice == "mine" or found[0].choices == ("theirs",):
                return False
            return self.decide(who, "mine")
        for name in names:
            mine, head = self.seen[who][name], self.heads[who][name]
            if choice == "theirs":
                self.seen[who][name] = head
                continue
            # Somebody who let themselves out knows what they saw last.
            value = values[name] if name in values else next(iter(self.events.last(mine)))
            decided = {self.events.add(value, mine | head)} if self.events.last(mine | head) != {value} else set()
            self.seen[who][name] = mine | head | decided
        self.take_in(who)
        self.check(who)
        return True

    def check(self, who: int) -> None:
        """What a laptop shows is the last of all that its person could have seen."""
        if self.unseen(who) or self.document(who)["header"]["mac"] == self.forged:
            # Nobody looks at what came while the vault was locked, or can at what they are not let into.
            return
        for name, value in self.shown(who).items():
            last = self.events.last(self.seen[who][name])
            assert last == {value}, (who, name, value, last, self.asked[who])

    def check_log(self) -> None:
        """Every chest that was ever sent opens for all whom it names, and for nobody who was kept out before."""
        for n in range(self.checked + 1, len(self.team.shared.log) + 1):
            for (_, id), body in unpack(self.team.shared.log[n]):
                # Who cannot open it may send what was spoilt on, with another description.
                if id == self.chest and body is not None and body["header"]["mac"] != self.forged:
                    totals["commits"] += 1
                    self.check_body({**body, "id": id})
        self.checked = len(self.team.shared.log)

    def check_body(self, chest: Document) -> None:
        if not chest.get("header"):
            return
        epoch = chest["header"]["epoch"]
        wrapped = {one["user"]: one["wrapped_key"] for one in chest["header"]["recipients"]}
        for who, laptop in enumerate(self.laptops):
            if laptop.id in wrapped:
                assert "db" in self.shown(who, chest)
                private = bytes(self.oracles[who]._here[laptop.id].key)
                key = unwrap(wrapped[laptop.id], Binding(chest["id"], epoch, laptop.id), private)
                self.keys[laptop.id].append((epoch, key))
            else:
                opens = any(opened_with(key, known, chest) for known, key in self.keys[laptop.id])
                assert not opens, f"{laptop.home.user['name']} opens what was sealed after an unshare"

    def everything_holds(self) -> None:
        """It was looked at where it was done."""

    def close(self) -> None:
        self._team.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def teardown(self) -> None:
        try:
            self.settle()
            totals["runs"] += 1
        finally:
            self.close()

    def settle(self) -> None:
        """Everybody unlocks, meets and decides, until there is nothing left; then all have the same."""
        for _ in range(12):
            for who in range(3):
                self.unlock(who)
                self.sync(who)
                while self.decide(who, "theirs"):
                    pass
                self.sync(who)
            if not any(laptop.conflicts() for laptop in self.laptops):
                break
        self.team.at_rest()
        owner = self.shown(0)
        everything: Seen = {
            place: frozenset[int]().union(*(seen[place] for seen in self.seen)) for place in self.places
        }
        assert owner == {place: value for place in self.places for value in self.events.last(everything[place])}
        assert all(self.shown(who).items() <= owner.items() for who in (1, 2))
