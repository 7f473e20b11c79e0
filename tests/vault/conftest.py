"""People with vaults: cheap key derivation, a clock that does not wait, and no agent unless a test asks for one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from modelops_tui import open_home
from modelops_tui.adapters import vault_cost
from modelops_tui.adapters.fernet_vault import FernetVault
from modelops_tui.adapters.launcher import ProcessLauncher
from modelops_tui.adapters.os_keyring import SystemKeyring
from modelops_tui.entities.builtin import ADMINISTRATOR, builtin_id
from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import kind_named
from modelops_tui.services import chests, records, vault
from modelops_tui.services.home import Home

FLOOR = vault_cost.Cost("argon2id", {"memory_kib": 19456, "iterations": 2, "lanes": 1})
PASSPHRASE = "correct horse battery"


def derive_each_key_once(monkeypatch: pytest.MonkeyPatch, known: dict[Any, bytes] | None = None) -> None:
    """The same passphrase and salt give the same key: no need to wait for it again and again."""
    known = {} if known is None else known
    genuine = vault_cost.derived

    def derived(passphrase: str, cost: Any, salt: bytes) -> bytes:
        place = (passphrase, repr(cost), salt)
        if place not in known:
            known[place] = genuine(passphrase, cost, salt)
        return known[place]

    monkeypatch.setattr(vault_cost, "derived", derived)


class StillClock:
    """A clock that stands still and notes how long somebody wanted to wait."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.waited: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.time += seconds


class Surroundings:
    """What a home has outside in tests."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, agent: bool = False) -> None:
        self.clock = StillClock()
        self.vault = FernetVault(folder, cost=FLOOR, clock=self.clock, environment=environment, agent=agent)
        self.launcher = ProcessLauncher()
        self.keyring = SystemKeyring()


class Person:
    """Somebody at a home: short words for what the tests do all the time."""

    def __init__(self, home: Home, outside: Surroundings) -> None:
        self.home = Home(home.store, home.folder, home.user, outside)
        self.outside = outside
        self.id: str = home.user["id"]
        self.recovery_text = ""

    def with_vault(self, passphrase: str = PASSPHRASE) -> Person:
        self.recovery_text = vault.init_vault(self.home, passphrase)
        vault.unlock(self.home, passphrase)
        return self

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        vault.unlock(self.home, passphrase)

    def new(self, kind: str, key: str = "", **values: Any) -> Document:
        return records.create(self.home, kind_named(kind), values, key)

    def chest(self, name: str = "box", **entries: dict[str, str]) -> str:
        id: str = self.new("treasure-chest", name)["id"]
        if entries:
            chests.put_many(self.home, id, entries)
        return id

    def document(self, chest: str) -> Document:
        self.home.catch_up()
        found = self.home.store.get("treasure-chest", chest)
        assert found is not None
        return found


class Sit:
    """Opens homes in a folder as their users."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[Home] = []

    def __call__(
        self,
        name: str = "ada",
        home: str = "home",
        *,
        agent: bool = False,
        environment: Mapping[str, str] | None = None,
        permissions: list[dict[str, Any]] | None = None,
    ) -> Person:
        """Who has no user yet is made an administrator by the home's first user, or given the `permissions`."""
        folder = self.folder / home
        first = next((one for one in self._opened if one.folder == folder), None)
        if first is not None and not first.store.find("user", f"name {name}"):
            role = builtin_id("role", ADMINISTRATOR)
            if permissions is not None:
                role = records.create(first, kind_named("role"), {"name": f"{name}-role"})["id"]
                for permission in permissions:
                    records.create(first, kind_named("permission"), {"role": role, **permission})
            records.create(first, kind_named("user"), {"name": name, "roles": [role]})
        self._opened.append(open_home(folder, name))
        return Person(self._opened[-1], Surroundings(folder, environment or {}, agent=agent))

    def close(self) -> None:
        for one in self._opened:
            one.close()


class Residents:
    """A home whose people have vaults, made once for each company and copied: their keys are derived once."""

    PASSPHRASES: ClassVar = {"ada": PASSPHRASE, "bob": "bobs own passphrase"}

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recovery_texts: dict[str, dict[str, str]] = {}
        self._keys: dict[Any, bytes] = {}

    def move_in(self, sit: Sit, *names: str) -> None:
        """Puts a copy of the home of these people where they sit."""
        shutil.copytree(self._made(names), sit.folder / "home")

    def welcome(self, sit: Sit, name: str, *company: str) -> Person:
        """One of those who moved in, with the vault unlocked."""
        person = sit(name)
        person.recovery_text = self._recovery_texts["-".join(company)][name]
        with pytest.MonkeyPatch.context() as patch:
            derive_each_key_once(patch, self._keys)
            person.unlock(self.PASSPHRASES[name])
        return person

    def _made(self, names: tuple[str, ...]) -> Path:
        company = "-".join(names)
        folder = self._folder / company
        if company not in self._recovery_texts:
            sit = Sit(folder)
            people = {name: sit(name).with_vault(self.PASSPHRASES[name]) for name in names}
            self._recovery_texts[company] = {name: person.recovery_text for name, person in people.items()}
            sit.close()
        return folder / "home"


@pytest.fixture(autouse=True)
def own_vault_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of its own, short enough for a socket, and no passphrase of whoever runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="mo-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    for name in ("MODELOPS_PASSPHRASE_FILE", "MODELOPS_PASSPHRASE_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    sit = Sit(tmp_path)
    yield sit
    sit.close()


@pytest.fixture(scope="session")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Residents:
    return Residents(tmp_path_factory.mktemp("residents"))


@pytest.fixture
def company(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Who lives in the home of a test."""
    return ("ada", "bob") if "bob" in request.fixturenames else ("ada",)


@pytest.fixture
def ada(sit: Sit, residents: Residents, company: tuple[str, ...]) -> Person:
    """The first user, with an unlocked vault."""
    residents.move_in(sit, *company)
    return residents.welcome(sit, "ada", *company)


@pytest.fixture
def bob(ada: Person, sit: Sit, residents: Residents, company: tuple[str, ...]) -> Person:
    """Another user of the same home, with an unlocked vault."""
    return residents.welcome(sit, "bob", *company)


def every_file(*folders: Path) -> dict[Path, bytes]:
    """All files below the folders with their bytes."""
    return {file: file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}
