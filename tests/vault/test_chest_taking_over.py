"""Passwords are taken over from the operating system's keyring: from the library's own, and from a real one.

The real one is a Secret Service of this test alone, where the programs for it are installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from modelops_tui.errors import NotFound, OutsideMissing
from modelops_tui.services import chests
from tests.vault.conftest import Person


class KeptHere(KeyringBackend):
    """A keyring in memory, behind the library that people have; one service is locked, one raises what it likes."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if service == "locked":
            raise KeyringLocked("c4nary")
        if service == "broken":
            raise ValueError("c4nary")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def own_keyring() -> Iterator[KeptHere]:
    """The library with a keyring of this test in the place of the machine's own."""
    before, mine = keyring.get_keyring(), KeptHere()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_a_password_is_taken_over_from_the_keyring(ada: Person, own_keyring: KeptHere) -> None:
    keyring.set_password("noronha", "me", "s3cret")
    box = ada.chest()
    chests.take_over(ada.home, box, "db", "noronha", "me", "password")
    assert chests.reveal(ada.home, box, "db", "password") == "s3cret"
    with pytest.raises(NotFound):
        chests.take_over(ada.home, box, "db", "noronha", "somebody")
    assert keyring.get_password("noronha", "me") == "s3cret", "it stays there"


@pytest.mark.parametrize("service", ["locked", "broken"])
def test_a_keyring_that_cannot_be_read_is_told_without_its_words(
    ada: Person, own_keyring: KeptHere, service: str
) -> None:
    box = ada.chest()
    with pytest.raises(OutsideMissing) as told:
        chests.take_over(ada.home, box, "db", service, "me")
    assert "c4nary" not in told.value.says + told.value.hint


IN_A_SESSION = """\
import sys
import keyring, secretstorage
from modelops_tui.adapters.os_keyring import SystemKeyring
from modelops_tui.errors import OutsideMissing
assert type(keyring.get_keyring()).__module__ == "keyring.backends.SecretService"
keyring.set_password("noronha", "me", "s3cret \u00fc")
ring = SystemKeyring()
assert ring.password("noronha", "me") == "s3cret \u00fc" and ring.password("noronha", "nobody") is None
bus = secretstorage.dbus_init()
secretstorage.get_default_collection(bus).lock()
try:
    ring.password("noronha", "me")
except OutsideMissing as locked:
    print(locked.says)
"""


@pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")), reason="needs a Secret Service"
)
def test_a_real_secret_service_gives_what_it_keeps_and_says_when_it_is_locked(tmp_path: Path) -> None:
    """A bus and a keyring daemon of their own, which end with the session."""
    for name in ("home", "run"):
        (tmp_path / name).mkdir(mode=0o700)
    session = (
        "printf ring | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 & daemon=$!\n"
        "for _ in 1 2 3 4 5 6 7 8 9 10; do\n"
        "  dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner"
        " string:org.freedesktop.secrets >/dev/null 2>&1 && break; sleep 0.3\n"
        "done\n"
        '"$0" -c "$1"; code=$?; kill $daemon; exit $code'
    )
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    environment = {**kept, "HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", session, sys.executable, IN_A_SESSION],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The keyring of this machine cannot be read (KeyringLocked).\n"


def test_a_missing_library_says_how_to_get_it(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(OutsideMissing, match="library keyring") as told:
        chests.take_over(ada.home, ada.chest(), "db", "noronha", "me")
    assert "pip install" in told.value.hint
