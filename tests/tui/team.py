"""Two people at a shared remote: one at the screen, the other somewhere else."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from modelops_tui.ports_remote import Login, Remote, RemoteAddress, RemoteUnreachable
from modelops_tui.services.home import Home
from tests.sync.conftest import Laptop
from tests.sync.memory_remote import MemoryRemote, Shared
from tests.vault.conftest import Surroundings


class TeamSurroundings(Surroundings):
    """What a home at the screen has outside: a vault, and a remote in memory that may be away or slow."""

    def __init__(self, folder: Path, shared: Shared) -> None:
        super().__init__(folder, {})
        self.shared = shared
        self.away = False
        self.logins: list[Login] = []
        self.gate = threading.Event()
        self.gate.set()
        self.held_call = ""
        self.let_by = 0
        self.waiting = 0

    def remote(self, address: RemoteAddress, login: Login) -> Remote:
        self.logins.append(login)
        return MemoryRemote(self.shared, self._fault)

    def hold(self, call: str, after: int = 0) -> None:
        """Lets a question wait until `release`, once it was asked so often."""
        self.held_call, self.let_by = call, after
        self.gate.clear()

    def release(self) -> None:
        self.gate.set()

    def _fault(self, call: str) -> str:
        if self.away:
            raise RemoteUnreachable("The remote does not answer.", "Is the server up?")
        if call == self.held_call:
            self.let_by -= 1
            if self.let_by < 0:
                self.waiting += 1
                self.gate.wait(10)
        return ""


class Desk:
    """The home that the screen shows, with its surroundings and as the laptop that it is."""

    def __init__(self, laptop: Laptop, shared: Shared) -> None:
        self.laptop = laptop
        self.outside = TeamSurroundings(laptop.home.folder, shared)
        home = laptop.home
        self.home = Home(home.store, home.folder, home.user, self.outside)
        laptop.home = self.home

    def offline(self) -> None:
        self.outside.away = True

    def online(self) -> None:
        self.outside.away = False


def clash(ada: Laptop, bob: Laptop, *, base: Any = "flowers", mine: Any = "by ada", theirs: Any = "by bob") -> None:
    """Both change what one project is for; ada, at the screen, has the conflict."""
    ada.new("project", "iris", desc=base)
    ada.sync()
    bob.sync()
    bob.set("project", "iris", desc=theirs)
    bob.sync()
    ada.set("project", "iris", desc=mine)
    ada.sync()
