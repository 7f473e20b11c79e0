"""`python -m tests.benchmarks --sync`: sync against bare pymongo on the same server, taking turns within one run.

The server runs in a process of its own. Bare pymongo writes what the views show, with the same write concern.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bson import ObjectId
from pymongo import MongoClient, ReplaceOne, monitoring
from pymongo.write_concern import WriteConcern

from modelops_tui import open_home
from modelops_tui.adapters.mongo_remote import open_mongo_remote
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.ports_remote import RemoteAddress
from modelops_tui.services import loading, records, sync
from modelops_tui.services.home import Home
from tests.benchmarks.drawing import told
from tests.sync.wire import ServerProcess, server_process

Result = dict[str, Any]
DURABLE = WriteConcern("majority", j=True)
CHANGED = 10


class Commands(monitoring.CommandListener):
    """Counts what any client of this process asks a server."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Says nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Says nothing."""


COMMANDS = Commands()
monitoring.register(COMMANDS)


class Cost:
    """What a piece of work took: seconds by the clock, of this process, and of the server's."""

    def __init__(self, server: ServerProcess, work: Callable[[], Any]) -> None:
        served, used, begun = cpu_of(server), time.process_time(), time.perf_counter()
        work()
        self.seconds = time.perf_counter() - begun
        self.own = time.process_time() - used
        self.server = cpu_of(server) - served


def cpu_of(server: ServerProcess) -> float:
    """Seconds of CPU that the server used so far."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def made_up(number: int) -> dict[str, Any]:
    """A training of about 400 bytes, as people write them."""
    details = {"lr": 0.001 * number, "epochs": number % 50, "optimizer": "adam", "note": "as before " * 4}
    return {
        "kind": "training",
        "project": "iris",
        "name": f"night-{number}",
        "notebook": "notebooks/train.ipynb",
        "details": details,
    }


def filled(folder: Path, size: int) -> Home:
    """A home with so many trainings."""
    home = open_home(folder, "ada")
    records.create(home, BY_NAME["project"], {}, "iris")
    fill(home, range(size))
    return home


def fill(home: Home, numbers: range) -> None:
    """Adds trainings with these numbers."""
    for start in range(0, len(numbers), 10_000):
        loading.load(home, [made_up(number) for number in numbers[start : start + 10_000]])


class Bench:
    """A server, a home of some size, and turns of bare pymongo and of sync."""

    def __init__(self, folder: Path, server: ServerProcess, size: int) -> None:
        self.server = server
        self.uri = f"mongodb://127.0.0.1:{server.port}/?directConnection=true"
        self.client: MongoClient[dict[str, Any]] = MongoClient(self.uri)
        self.folder = folder
        self.home = filled(folder / "home", size)
        self.database = ""

    @contextmanager
    def meeting(self, home: Home, database: str) -> Any:
        """A connection of a home to a database, with its remote named anew."""
        for remote in sync.remotes(home):
            sync.remove_remote(home, remote.name)
        sync.add_remote(home, "team", "mongodb://localhost/team")
        remote = open_mongo_remote(RemoteAddress(self.uri, database, timeout=60))
        # What connecting costs is no part of either side.
        remote.read_meta()
        yield remote
        remote.close()

    def pushed(self, database: str) -> Cost:
        """A first push of everything into an empty database."""
        with self.meeting(self.home, database) as remote:
            return Cost(self.server, lambda: sync.sync(self.home, remote))

    def shown(self, database: str) -> dict[str, list[dict[str, Any]]]:
        """What the views of a database show, by collection."""
        views = self.client[database]
        names = [kind.name.replace("-", "_") for kind in KINDS]
        return {name: found for name in names if (found := list(views[name].find()))}

    def bare(self, database: str, documents: dict[str, list[dict[str, Any]]]) -> Cost:
        """The same documents by `insert_many`."""
        place = self.client.get_database(database, write_concern=DURABLE)

        def insert() -> None:
            for name, found in documents.items():
                place[name].insert_many(found)

        return Cost(self.server, insert)

    def close(self) -> None:
        """Ends the connection and the home."""
        self.client.close()
        self.home.close()


def first_pushes(bench: Bench, rounds: int) -> Result:
    """A first push of everything against `insert_many` of the same, one after the other, who begins changing."""
    # The first of all warms the server up, and says what is the same.
    bench.pushed("warm")
    documents = bench.shown("warm")
    pairs: list[tuple[Cost, Cost]] = []
    for turn in range(rounds):
        sides = {
            "bare": lambda turn=turn: bench.bare(f"bare{turn}", documents),
            "ours": lambda turn=turn: bench.pushed(f"ours{turn}"),
        }
        order = ("bare", "ours") if turn % 2 else ("ours", "bare")
        costs = {name: sides[name]() for name in order}
        pairs.append((costs["ours"], costs["bare"]))
        for name in (f"bare{turn}", f"ours{turn}", f"ours{turn}_log"):
            bench.client.drop_database(name)

    return {"documents": sum(len(found) for found in documents.values()), **compared(pairs)}


def later_pushes(bench: Bench, size: int, rounds: int) -> Result:
    """As many new documents again, beside those that the remote has, against `insert_many` of them."""
    pairs: list[tuple[Cost, Cost]] = []
    with bench.meeting(bench.home, "later") as remote:
        sync.sync(bench.home, remote)
        for turn in range(rounds):
            before = set(bench.home.store.ids("training"))
            fill(bench.home, range(size * (turn + 1), size * (turn + 2)))
            ours = Cost(bench.server, lambda: sync.sync(bench.home, remote))
            new = [ObjectId(id) for id in bench.home.store.ids("training") if id not in before]
            documents = list(bench.client["later"]["training"].find({"_id": {"$in": new}}))
            pairs.append((ours, bench.bare(f"laterbare{turn}", {"training": documents})))
    return compared(pairs)


def compared(pairs: list[tuple[Cost, Cost]]) -> Result:
    """The middle of what both sides took, and of the ratios of each pair."""

    def middle(name: str, side: int) -> float:
        return statistics.median(getattr(pair[side], name) for pair in pairs)

    return {
        "ratio": statistics.median(ours.seconds / bare.seconds for ours, bare in pairs),
        "ratios": [ours.seconds / bare.seconds for ours, bare in pairs],
        "ours": {name: middle(name, 0) for name in ("seconds", "own", "server")},
        "insert_many": {name: middle(name, 1) for name in ("seconds", "own", "server")},
    }


def small_changes(bench: Bench, rounds: int) -> Result:
    """Syncs of nothing and of ten changed documents, against a ping and a bare bulk write of ten."""
    home, ids = bench.home, bench.home.store.ids("training")[:CHANGED]
    nothing: list[float] = []
    changed: list[float] = []
    pings: list[float] = []
    bulks: list[float] = []
    asked: dict[str, list[str]] = {}
    place = bench.client.get_database("small", write_concern=DURABLE)["training"]
    with bench.meeting(home, "small") as remote:
        sync.sync(home, remote)
        for turn in range(rounds):
            # A look at what the process has forgotten since the last turn is no part of any.
            sync.sync_status(home)
            COMMANDS.names.clear()
            nothing.append(Cost(bench.server, lambda: sync.sync(home, remote)).seconds)
            asked["nothing"] = list(COMMANDS.names)
            for id in ids:
                records.change(home, BY_NAME["training"], id, {"details": {"turn": turn}})
            COMMANDS.names.clear()
            changed.append(Cost(bench.server, lambda: sync.sync(home, remote)).seconds)
            asked["changed"] = list(COMMANDS.names)
            pings.append(Cost(bench.server, lambda: bench.client.admin.command("ping")).seconds)
            replaced = [ReplaceOne({"_id": item["_id"]}, item) for item in place.find({"details.turn": turn})]
            bulks.append(Cost(bench.server, lambda found=replaced: place.bulk_write(found, ordered=False)).seconds)
    middle = statistics.median
    trips = len(asked["changed"]) * middle(pings)
    return {
        "nothing": {"seconds": middle(nothing), "commands": asked["nothing"]},
        "changed": {"seconds": middle(changed), "commands": asked["changed"], "round trips": trips},
        "ping": middle(pings),
        "bulk_write": middle(bulks),
    }


def pulls(bench: Bench, rounds: int) -> Result:
    """A new home takes everything in, against `find` of the same documents and of the log alone."""
    costs: list[Cost] = []
    for turn in range(rounds):
        other = open_home(bench.folder / f"other{turn}", "bob")
        with bench.meeting(other, "warm") as remote:
            costs.append(Cost(bench.server, lambda home=other, remote=remote: sync.sync(home, remote, push=False)))
        other.close()
    views = Cost(bench.server, lambda: bench.shown("warm"))
    log = Cost(bench.server, lambda: list(bench.client["warm_log"]["_log"].find()))
    ours = {name: statistics.median(getattr(cost, name) for cost in costs) for name in ("seconds", "own", "server")}
    return {"ours": ours, "find": views.seconds, "log": log.seconds, "ratio": ours["seconds"] / views.seconds}


def measured(folder: Path, size: int, rounds: int) -> Result:
    """Every bar of sync at one size."""
    with server_process(folder / "server", "--sync-on-commit") as server:
        bench = Bench(folder, server, size)
        try:
            result = {"push": first_pushes(bench, rounds)}
            result["small"] = small_changes(bench, 3 * rounds)
            result["pull"] = pulls(bench, min(rounds, 3))
            # Last, because it makes the home larger.
            result["later"] = later_pushes(bench, size, min(rounds, 3))
            return result
        finally:
            bench.close()


def table(size: int, result: Result) -> str:
    """One size as text."""
    small, pull = result["small"], result["pull"]
    nothing, changed = small["nothing"], small["changed"]
    lines = [f"\nsync, {size:,} documents"]
    for what, push in (("first push", result["push"]), ("later push", result["later"])):
        ours, bare = push["ours"], push["insert_many"]
        ratios = ", ".join(f"{ratio:.2f}" for ratio in push["ratios"])
        lines += [
            f"  {what:<19} {told(ours['seconds']):>9}   insert_many {told(bare['seconds'])}: "
            f"{push['ratio']:.2f}× ({ratios}); bar 1.50×",
            f"    CPU               {told(ours['own']):>9}   of insert_many {told(bare['own'])}; the server "
            f"{told(ours['server'])} and {told(bare['server'])}",
        ]
    return "\n".join(
        [
            *lines,
            f"  nothing changed     {told(nothing['seconds']):>9}   asks {', '.join(nothing['commands'])}; bar 20 ms",
            f"  {CHANGED} changed          {told(changed['seconds']):>9}   of it {told(changed['round trips'])} for "
            f"{len(changed['commands'])} round trips, bulk_write {told(small['bulk_write'])}; bar 50 ms",
            f"  pull from nothing   {told(pull['ours']['seconds']):>9}   find {told(pull['find'])}: "
            f"{pull['ratio']:.2f}×; the log alone {told(pull['log'])}",
        ]
    )


def run(sizes: str, quick: bool, folder: Path | None, file: Path | None) -> None:
    """Measures at each of the sizes, prints the tables, and writes the figures as JSON where a file is named."""
    results: Result = {"machine": f"{platform.machine()}, Python {platform.python_version()}", "sizes": {}}
    for size in map(int, sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="sync-benchmark-", dir=folder) as place:
            results["sizes"][size] = measured(Path(place), size, 2 if quick else 5)
        print(table(size, results["sizes"][size]), flush=True)
    if file is not None:
        file.write_text(json.dumps(results, indent=2) + "\n")
