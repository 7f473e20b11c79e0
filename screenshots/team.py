"""The sample registry of somebody whose colleague edited the same records, and the remote in memory that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelops_tui.bootstrap import Adapters, open_home
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.ports_remote import Login, Remote, RemoteAddress
from modelops_tui.services import records, sync
from modelops_tui.services.home import Home
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents
from modelops_tui.store import transaction
from tests.sync.memory_remote import MemoryRemote, Shared

ADDRESS = "mongodb+srv://db.team.example/registry"


class TeamAdapters(Adapters):
    """The outside of a home whose remote lies in memory."""

    def __init__(self, home: Path, shared: Shared) -> None:
        super().__init__(home)
        self.shared = shared

    def remote(self, address: RemoteAddress, login: Login) -> Remote:  # noqa: ARG002
        return MemoryRemote(self.shared)


def at(time: str) -> None:
    """Lets everything that is written from now on be written at this time of the day of the pictures."""
    transaction.time_text = lambda: f"2026-08-10T{time}:00.000Z"


def sit(folder: Path, user: str, shared: Shared) -> Home:
    opened = open_home(folder, user)
    return Home(opened.store, folder, opened.user, TeamAdapters(folder, shared))


def meet(home: Home) -> None:
    with sync.connected(home) as remote:
        sync.sync(home, remote)


def change(home: Home, kind: str, key: str, **values: Any) -> None:
    records.change(home, BY_NAME[kind], records.find_one(home, BY_NAME[kind], key)["id"], values)


def team_home(folder: Path) -> Home:
    """Mine, with edits that are unsent, some of which clash with those of grace; what she sent is still to come."""
    shared = Shared()
    at("08:00")
    mine = sit(folder / "iris-lab", "me", shared)
    load(mine, list(sample_documents()))
    hers = sit(folder / "grace", "grace-h", shared)
    for home in (mine, hers):
        sync.add_remote(home, "team", ADDRESS)
        meet(home)
    meet(mine)
    at("11:20")
    change(
        hers, "project", "churn",
        desc="Who leaves within 60 days, and what keeps them.\nAsked by sales; answered every Monday.\nOwner: grace",
        git_repo="https://git.team.example/growth/churn",
    )  # fmt: skip
    change(hers, "training", "iris-lab:baseline", details={"params": {"lr": 0.05}})
    records.create(hers, BY_NAME["model"], {"desc": "Which harvest a wine is of."}, "wine-gbm")
    meet(hers)
    at("11:48")
    change(
        mine, "project", "churn",
        desc="Who is about to leave within 90 days, and why.\nAsked by sales; answered every Monday.\nOwner: me",
        git_repo="https://git.team.example/models/churn-2",
    )  # fmt: skip
    change(mine, "training", "iris-lab:baseline", details={"params": {"lr": 0.01}})
    records.create(mine, BY_NAME["model"], {"desc": "Where a wine is from."}, "wine-gbm")
    records.create(mine, BY_NAME["model-version"], {}, "wine-gbm:first")
    records.create(mine, BY_NAME["project"], {"desc": "Wines by their makers."}, "wine")
    hers.close()
    return mine
