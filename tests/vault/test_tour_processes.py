"""Threat: a secret in argv, the environment of others, `ps`, a fault report, what a terminal shows. Promise: none.

The whole life of a chest in real processes, typed at a pseudo-terminal, while the process table is looked at.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminals import Terminal
from tests.vault.process_table import ProcessTable
from tests.vault.searching import Canaries, Search
from tests.vault.test_tour_commands import RECOVERY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

KEYRING = """\
import pathlib
def get_password(service, name): return pathlib.Path({place!r}).read_text()
"""
FAULTY = """\
import sys
from modelops_tui.services import chests
def faulty(home, chest, entry, fields):
    for value in fields.values():
        raise RuntimeError("a fault of our own")
chests.put = faulty
from modelops_tui.__main__ import main
main()
"""


class Life:
    """A person, their terminal, and what is kept of every call."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.told, self.clear, self.runtime = folder / "told", folder / "clear", runtime
        self.canaries = Canaries()
        self.on_purpose = 0
        for place in (self.clear, self.told / "tmp", self.told / "person"):
            place.mkdir(parents=True)
        (self.clear / "keyring.py").write_text(KEYRING.format(place=self.file("ring")))
        (self.clear / "keyring").mkdir()
        shutil.move(self.clear / "keyring.py", self.clear / "keyring" / "__init__.py")
        (self.clear / "keyring" / "errors.py").write_text("class KeyringError(Exception): pass\n")
        folders = {f"XDG_{name}_HOME": str(self.told / name) for name in ("CONFIG", "CACHE", "DATA", "STATE")}
        self.environment = {
            **folders, "HOME": str(self.told / "person"), "TMPDIR": str(self.told / "tmp"),
            "XDG_RUNTIME_DIR": str(runtime), "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(self.clear)]), "EDITOR": "cat", "SHELL": "/bin/sh",
            "MODELOPS_HOME": str(self.told / "home"), "MODELOPS_USER": "keeper",
        }  # fmt: skip
        self.terminal = Terminal(self.told / "home", self.environment)

    def file(self, door: str) -> str:
        """A file in which a person has a canary in clear."""
        place = self.clear / door
        place.write_text(self.canaries.fresh(door))
        place.chmod(0o600)
        return str(place)

    def typed(self, *words: str, typed: tuple[str, ...] = (), shows: str = "", code: int = 0) -> str:
        """A call at the terminal; what it shows holds no canary but `shows`, which was asked for."""
        assert self.terminal.call(*words, typed=typed) == code, self.terminal.shown
        shown = self.terminal.shown
        if shows:
            assert shown.count(shows) == 1
            self.on_purpose += 1
        assert not self.canaries.in_text(shown.replace(shows, "") if shows else shown), words
        return shown

    def piped(self, *words: str, stdin: str = "", shows: str = "", code: int = 0, **more: object) -> str:
        """A call without a terminal; its output is `shows`, or holds no canary."""
        environment = {**self.environment, **more.pop("environment", {})}  # type: ignore[dict-item]
        program = more.pop("program", ["-m", "modelops_tui"])
        done = subprocess.run(
            [sys.executable, *program, *words],  # type: ignore[misc]
            input=stdin, capture_output=True, text=True, check=False, env=environment, start_new_session=True,
            **more,  # type: ignore[call-overload]
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        if shows:
            assert done.stdout == f"{shows}\n"
            self.on_purpose += 1
        assert not self.canaries.in_text(done.stderr + ("" if shows else done.stdout)), words
        return str(done.stdout)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    runtime = Path(tempfile.mkdtemp(prefix="mo-"))
    life = Life(tmp_path, runtime)
    yield life
    for name in ("keeper", "bob"):
        life.piped("--as", name, "vault", "lock")
    shutil.rmtree(runtime)


def test_no_process_shows_a_secret_to_others_or_leaves_one(life: Life) -> None:
    fresh = life.canaries.fresh
    with ProcessTable(life.canaries) as table:
        first = RECOVERY.search(life.typed("vault", "init", typed=(fresh("first"),) * 2))
        put_in(life)
        assert first is not None
        take_out(life)
        second = change_keys(life, first[0])
        share(life)
        fail(life)
    # The command that was run with the chest has it in its environment, and nothing else anywhere.
    assert {sight.where for sight in table.found} == {"environ"}
    # A program that is just being started or ended has no command line.
    assert {sight.program for sight in table.found} <= {b"", b"sh\0-c\0sleep 0.5; true\0", b"sleep\x000.5\0"}
    assert table.looks > 100 and any(b"unlock_agent" in program for program in table.programs)
    assert any(b"import-keyring" in program for program in table.programs), "every call was looked at"
    assert life.canaries.in_files(life.told, life.runtime) == []
    assert Search(first[0], second).in_files(life.told, life.runtime) == []
    assert life.on_purpose == 10
    assert (life.told / "STATE" / "modelops" / "log" / "faults.log").exists(), "a fault was reported"


def put_in(life: Life) -> None:
    """Secrets by every door that a chest has."""
    put = ("treasure-chest", "put", "box")
    life.typed("treasure-chest", "new", "box")
    life.typed(*put, "typed.password", typed=(life.canaries.fresh("typed"),))
    life.piped(*put, "piped", "--from-stdin", stdin=life.canaries.fresh("piped"))
    life.piped(*put, "file", "--from-file", life.file("file"))
    descriptor = os.open(life.file("fd"), os.O_RDONLY)
    life.piped(*put, "fd", "--from-fd", str(descriptor), pass_fds=(descriptor,))
    os.close(descriptor)
    variables = life.clear / ".env"
    variables.write_text(f"export VARIABLE={life.canaries.fresh('env')}\n")
    life.piped("treasure-chest", "import-env", "box", str(variables))
    life.piped("treasure-chest", "import-keyring", "box", "ring", "--service", "s", "--user", "me")


def take_out(life: Life) -> None:
    """Secrets on purpose, to the one who asked for them and to a command."""
    reveal = ("treasure-chest", "reveal", "box")
    life.typed(*reveal, "typed", shows=life.canaries.fresh("typed"))
    for place, door in (("piped", "piped"), ("file", "file"), ("fd", "fd"), ("VARIABLE", "env"), ("ring", "ring")):
        life.piped(*reveal, place, shows=life.canaries.fresh(door))
    handed = base64.b64encode(life.canaries.fresh("typed").encode()).decode()
    life.typed(*reveal, "typed", "--copy", shows=f"\x1b]52;c;{handed}\x07")
    life.piped("run", "--chest", "box", "--", "sh", "-c", "sleep 0.5; true")
    life.piped("treasure-chest", "check", "box")
    life.piped("store", "backup", str(life.told / "backup"))
    life.piped("treasure-chest", "edit", "box")


def change_keys(life: Life, recovery: str) -> str:
    """Other passphrases, typed and by a script; gives the recovery text that holds then."""
    fresh = life.canaries.fresh
    life.typed("vault", "lock")
    life.typed("vault", "unlock", typed=(fresh("wrong"),), code=8)
    life.typed("vault", "unlock", typed=(fresh("first"),))
    life.typed("vault", "change-passphrase", typed=(fresh("first"), fresh("second"), fresh("second")))
    life.typed("vault", "change-passphrase", typed=(fresh("second"), fresh("one"), fresh("another")), code=6)
    found = RECOVERY.search(life.typed("vault", "recover", typed=(recovery, fresh("third"), fresh("third"))))
    assert found is not None
    life.typed("vault", "lock")
    secret = fresh("piped")
    for environment in (
        {"MODELOPS_PASSPHRASE_FILE": life.file("third")},
        {"MODELOPS_PASSPHRASE_COMMAND": f"cat {life.file('third')}"},
    ):
        life.piped("treasure-chest", "reveal", "box", "piped", shows=secret, environment=environment)
    life.piped("vault", "rotate", environment={"MODELOPS_PASSPHRASE_FILE": life.file("third")})
    life.typed("vault", "unlock", typed=(fresh("third"),))
    return found[0]


def share(life: Life) -> None:
    """A chest shared, taken along by its holder, and taken back."""
    life.piped("user", "new", "bob", "--roles", "administrator")
    life.typed("--as", "bob", "vault", "init", typed=(life.canaries.fresh("bob"),) * 2)
    life.piped("treasure-chest", "share", "box", "--with", "bob")
    export = life.told / "export.json"
    export.write_text(life.piped("treasure-chest", "export", "box", "--to", "bob"))
    life.piped("--as", "bob", "treasure-chest", "import", str(export))
    life.typed("--as", "bob", "treasure-chest", "reveal", "box", "file", shows=life.canaries.fresh("file"))
    life.piped("treasure-chest", "unshare", "box", "--from", "bob")
    life.piped("--as", "bob", "treasure-chest", "reveal", "box", "file", code=8)


def fail(life: Life) -> None:
    """Calls that end badly with a secret in their hands."""
    put = ("treasure-chest", "put", "box", "new", "--from-stdin")
    life.piped(*put, stdin=life.canaries.fresh("fault"), program=["-c", FAULTY], code=1)
    life.typed("treasure-chest", "put", "box", "new", typed=("\x03",), code=130)
    life.typed("treasure-chest", "put", "box", "new", typed=(f"{life.canaries.fresh('left')}\x03",), code=130)
    home = life.told / "home"
    home.rename(life.told / "gone")
    (life.told / "home").write_text("in the way")
    life.piped(*put, stdin=life.canaries.fresh("nowhere"), code=7)
    home.unlink()
    (life.told / "gone").rename(home)
