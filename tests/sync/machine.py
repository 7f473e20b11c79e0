"""Random work on one to four laptops, with every invariant of sync checked at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from modelops_tui.adapters.mongo_remote import open_mongo_remote
from modelops_tui.ports_remote import RemoteAddress
from modelops_tui.services.syncing import session
from modelops_tui.services.syncing.commits import MOST_DOCUMENTS
from tests.sync.driving import Spaces, step, strategies
from tests.sync.memory_remote import MemoryRemote, Shared
from tests.sync.replicas import clock
from tests.sync.wire import Proxy, is_append
from tests.sync.world import World

NAMES = ("a", "b", "c")
SMALL = range(8)
CALLS = ("heads", "read_meta", "create_meta", "read_log", "append", "write_views", "set_applied", "note_replica")
ANSWERS = ("lost", "reply", "late")
FAULTS = [(call, answer, nth) for call in CALLS for answer in ANSWERS for nth in (1, 2)]
BOTH = (False, True)
totals = {"runs": 0, "syncs": 0, "crashes": 0, "conflicts": 0}


@contextmanager
def counted() -> Iterator[Callable[[], str]]:
    """Tells how much was done within."""
    before = dict(totals)
    yield lambda: ", ".join(f"{totals[name] - before[name]} {name}" for name in totals)


class SyncMachine(RuleBasedStateMachine):
    """Laptops with models, datasets, projects and trainings, which share names and point at each other."""

    beginnings: Spaces = {"count": range(1, 5), "most": (3, MOST_DOCUMENTS), "before": range(5)}

    def __init__(self) -> None:
        super().__init__()
        self.shared = Shared()
        self.fault: tuple[str, str, int] | None = None
        self.world: World | None = None
        self.meanwhile: Callable[[], object] | None = None

    def ask(self, call: str) -> str:
        if call == "append" and self.meanwhile is not None:
            work, self.meanwhile = self.meanwhile, None
            work()
        if self.fault is None or self.fault[0] != call:
            return ""
        call, kind, left = self.fault
        self.fault = (call, kind, left - 1)
        if left != 1:
            return ""
        return kind if kind != "late" or call == "append" else "reply"

    def connect(self, number: int) -> Any:
        """A laptop's connection, over which its faults come."""
        return MemoryRemote(self.shared, self.ask)

    def observe(self) -> Any:
        """A connection that always works."""
        return MemoryRemote(self.shared)

    def late(self) -> None:
        """What was delayed arrives."""
        self.shared.deliver()

    @initialize(**strategies(beginnings))
    def open(self, count: int, most: int, before: int) -> None:
        session.MOST_DOCUMENTS = most
        self.world = World(count, self.connect, self.observe, ("model", "project", "model", "project")[:before])

    @property
    def w(self) -> World:
        assert self.world is not None
        return self.world

    def who(self, number: int) -> int:
        return number % len(self.w.replicas)

    def pick(self, number: int, index: int, *kinds: str) -> Any:
        found = self.w.documents(number, *kinds)
        return found[index % len(found)] if found else None

    @step(who=SMALL, name=NAMES, kind=("model", "project"))
    def make(self, who: int, name: str, kind: str) -> None:
        self.w.make(self.who(who), kind, name)

    @step(who=SMALL, name=NAMES, index=SMALL, second=SMALL)
    def make_below(self, who: int, name: str, index: int, second: int) -> None:
        number = self.who(who)
        model, project = self.pick(number, index, "model"), self.pick(number, second, "project")
        if model:
            self.w.make(number, "dataset", name, model=model[1])
        if project:
            dataset = self.pick(number, second, "dataset")
            values = {"datasets": [dataset[1]]} if dataset else {}
            self.w.make(number, "training", name, project=project[1], notebook="n.ipynb", **values)

    @step(who=SMALL, index=SMALL)
    def edit(self, who: int, index: int) -> None:
        number = self.who(who)
        key = self.pick(number, index, "model", "project", "model")
        if key:
            self.w.edit(number, key)

    @step(who=SMALL, index=SMALL)
    def revert(self, who: int, index: int) -> None:
        number = self.who(who)
        key = self.pick(number, index, "model", "project")
        if key:
            self.w.revert(number, key)

    @step(who=SMALL, index=SMALL, second=SMALL)
    def use(self, who: int, index: int, second: int) -> None:
        number = self.who(who)
        project, model = self.pick(number, index, "project"), self.pick(number, second, "model")
        if project and model:
            self.w.change(number, project, models=[model[1]] if second % 2 else [])

    @step(who=SMALL, index=SMALL, name=NAMES)
    def rename(self, who: int, index: int, name: str) -> None:
        number = self.who(who)
        key = self.pick(number, index, "model", "project", "dataset", "training")
        if key:
            self.w.rename(number, key, name)

    @step(who=SMALL, index=SMALL)
    def remove(self, who: int, index: int) -> None:
        number = self.who(who)
        key = self.pick(number, index, "model", "dataset", "project", "training")
        if key:
            self.w.remove(number, key)

    def work_of(self, number: int, what: str, index: int) -> Callable[[], object] | None:
        """What somebody does while a commit is under way."""
        if what == "rival":
            rival = (number + 1 + index) % len(self.w.replicas)
            return None if rival == number else lambda: self.w.sync(rival)
        key = self.pick(number, index, "model", "project")
        if key is None or not what:
            return None
        doing = {"edit": self.w.edit, "revert": self.w.revert, "remove": self.w.remove}[what]
        return lambda: doing(number, key)

    def something_to_send(self, number: int, name: str, index: int) -> None:
        """A new model where the name is free, else another edit."""
        self.w.make(number, "model", name)
        key = self.pick(number, index, "model")
        if key:
            self.w.edit(number, key)

    @step(who=SMALL, index=SMALL, what=("rival", "edit", "revert", "remove"), fault=[None, *FAULTS])
    def sync_while_others_work(self, who: int, index: int, what: str, fault: Any) -> None:
        number = self.who(who)
        self.meanwhile = self.work_of(number, what, index)
        self.fault = None if what == "rival" else fault
        self.w.sync(number, aware=what != "rival")
        self.meanwhile = self.fault = None

    @step(who=SMALL, name=NAMES, crash=range(1, 6), before=BOTH, skew=range(-3, 4))
    def sync_and_crash(self, who: int, name: str, crash: int, before: bool, skew: int) -> None:
        self.something_to_send(self.who(who), name, crash)
        with clock(lambda: f"20{30 + 10 * skew:02}-01-01T00:00:00.000Z" if skew else "2026-11-22T00:00:00.000Z"):
            self.w.sync(self.who(who), crash_at=crash, before=before)

    @step(who=SMALL, name=NAMES, index=SMALL, fault=FAULTS)
    def sync_over_a_bad_network(self, who: int, name: str, index: int, fault: Any) -> None:
        self.something_to_send(self.who(who), name, index)
        self.fault = fault
        self.w.sync(self.who(who))
        self.fault = None

    @step(who=SMALL, name=NAMES, fault=ANSWERS, comes=BOTH)
    def sync_again_after_no_answer(self, who: int, name: str, fault: str, comes: bool) -> None:
        """The outbox goes a second time, whether the first arrived, never did, or comes before or after."""
        self.something_to_send(self.who(who), name, 0)
        self.fault = ("append", fault, 1)
        self.w.sync(self.who(who))
        self.fault = None
        if comes:
            self.late()
        self.sync_in_peace(self.who(who))

    @step(who=SMALL)
    def sync_in_peace(self, who: int) -> None:
        assert self.w.sync(self.who(who)) is not None

    @step(who=SMALL, index=SMALL, choice=("mine", "theirs", "both"))
    def resolve(self, who: int, index: int, choice: str) -> None:
        self.w.resolve(self.who(who), index, choice)

    @step()
    def deliver(self) -> None:
        self.late()

    @step(who=SMALL)
    def save(self, who: int) -> None:
        self.w.save(self.who(who))

    @step(who=SMALL)
    def restore(self, who: int) -> None:
        self.w.restore(self.who(who))

    @step(source=SMALL, onto=SMALL)
    def clone(self, source: int, onto: int) -> None:
        self.w.clone(self.who(source), self.who(onto))

    @invariant()
    def everything_holds(self) -> None:
        if self.world is None:
            return
        self.w.check_log()
        self.w.check_homes()

    def teardown(self) -> None:
        if self.world is None:
            return
        try:
            self.late()
            self.fault = None
            turns = iter(["mine", "theirs", "both"] * 1000)
            self.w.settle(lambda: next(turns))
            self.w.check_at_rest()
            totals["runs"] += 1
            totals["syncs"] += self.w.syncs
            totals["crashes"] += self.w.crashes
            totals["conflicts"] += self.w.conflicts_met
        finally:
            self.close()

    def close(self) -> None:
        """Ends the world, whatever became of it."""
        session.MOST_DOCUMENTS = MOST_DOCUMENTS
        if self.world is not None:
            self.world.close()


class WireMachine(SyncMachine):
    """The same work on a real server, behind a network that loses questions, answers and time."""

    port = 0

    def __init__(self) -> None:
        super().__init__()
        self.proxy = Proxy(self.port)
        self.proxy.judge = self.judge
        self.database = f"w{token_hex(6)}"

    def judge(self, message: bytes) -> str:
        call = "append" if is_append(message) else next((name for name in WIRED if WIRED[name] in message), "")
        return self.ask(call) if call else ""

    def connect(self, number: int) -> Any:
        return open_mongo_remote(RemoteAddress(self.proxy.uri, self.database, timeout=5))

    def observe(self) -> Any:
        return open_mongo_remote(
            RemoteAddress(f"mongodb://127.0.0.1:{self.port}/?directConnection=true", self.database, timeout=5)
        )

    def late(self) -> None:
        self.proxy.deliver()

    def close(self) -> None:
        super().close()
        self.proxy.close()


# How the calls of a remote look on the wire.
WIRED = {
    "heads": b"\x02find\x00\x05\x00\x00\x00_log\x00",
    "read_meta": b"\x02find\x00\x06\x00\x00\x00_meta\x00",
    "create_meta": b"\x02insert\x00\x06\x00\x00\x00_meta\x00",
    "set_applied": b"\x02update\x00\x06\x00\x00\x00_meta\x00",
    "note_replica": b"\x02update\x00\x0a\x00\x00\x00_replicas\x00",
    "write_views": b"\x02insert\x00",
}
