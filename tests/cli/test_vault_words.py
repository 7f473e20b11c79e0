"""The vault by the command line: by a script's passphrase, or typed once at a terminal, which shows nothing of it."""

from __future__ import annotations

import base64
import getpass
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelops_tui.cli.vocabulary import VAULT_WORDS
from tests.cli.conftest import Call
from tests.cli.terminals import Terminal
from tests.cli.vaults import (  # noqa: F401 – fixtures are found by pytest
    PASSPHRASE,
    Source,
    chest_fixture,
    locked_fixture,
    own_vault_surroundings_fixture,
    passphrase_file,
    script_fixture,
    vault_template_fixture,
)

RECOVERY = re.compile(r"([A-Z2-7]{5}-){7}[A-Z2-7]{5}")
TYPED = "typed by a person"


def test_a_script_makes_a_vault_and_gets_the_recovery_text_as_data(call: Call, script: Source) -> None:
    without = call("vault", "status", "--json").value
    assert (without["state"], without["fingerprint"]) == ("none", None)
    script(PASSPHRASE)
    made = call("vault", "init")
    assert made.code == 0 and RECOVERY.fullmatch(made.out.strip())
    assert "keep it away from this machine" in made.err and PASSPHRASE not in made.err
    status = call("vault", "status", "--json").value
    assert status["state"] == "locked" and status["fingerprint"] and status["trouble"] is None
    again = call("vault", "init")
    assert again.code == 8 and "already" in again.err


def test_the_status_needs_no_passphrase(locked: Call) -> None:
    told = locked("vault", "status")
    assert told.code == 0
    assert [line.split()[0] for line in told.lines] == ["user", "vault", "fingerprint", "chests"]
    assert "1 of your own, 0 shared with you" in told.out
    assert locked("vault", "status", "-o", "name").lines == ["locked"]


@pytest.mark.parametrize("words", [["unlock"], ["change-passphrase"], ["recovery"], ["recover"], ["rotate"]], ids=str)
def test_a_wrong_or_a_missing_passphrase_changes_nothing(
    locked: Call, script: Source, tmp_path: Path, words: list[str]
) -> None:
    record = next((tmp_path / "home" / "vault").glob("*.json"))
    before = record.read_bytes()
    assert locked("vault", *words).code in (2, 8)
    script("wrong horse battery")
    new = tmp_path / "new"
    new.write_text("another passphrase\n")
    more = {"change-passphrase": ["--new-from-file", str(new)], "recover": ["--from-stdin"]}.get(words[0], [])
    told = locked("vault", *words, *more, stdin="AAAAA-BBBBB")
    assert told.code == 8 and "wrong horse" not in told.out + told.err
    assert record.read_bytes() == before


@pytest.mark.parametrize("word", ["init", "unlock", "change-passphrase", "recover", "recovery"])
def test_a_secret_that_is_given_as_an_argument_is_not_told_again(locked: Call, word: str) -> None:
    told = locked("vault", word, "c4nary one", "c4nary two")
    assert told.code == 2 and "c4nary" not in told.out + told.err
    assert "never" in told.err and "Leave it out to be asked" in told.err


@pytest.mark.parametrize(("minutes", "code"), [("0", 2), ("10081", 2), ("10080", 0)])
def test_an_idle_time_is_told_in_the_minutes_it_was_given_in(chest: Call, minutes: str, code: int) -> None:
    told = chest("vault", "unlock", "--idle", minutes)
    assert told.code == code and "seconds" not in told.err and "minutes" in told.err
    chest("vault", "lock")


def test_the_same_passphrase_again_is_no_old_one(chest: Call, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text(PASSPHRASE + "\n")
    changed = chest("vault", "change-passphrase", "--new-from-file", str(new))
    assert changed.code == 0 and "old one" not in changed.err
    assert chest("treasure-chest", "reveal", "box", "token").out == "s3cret token\n"


def test_a_passphrase_is_changed_by_a_script(chest: Call, script: Source, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text("the next passphrase\n")
    changed = chest("vault", "change-passphrase", "--new-from-file", str(new))
    assert changed.code == 0 and "still gives the old one" in changed.err
    assert chest("treasure-chest", "reveal", "box", "token").code == 8
    script("the next passphrase")
    assert chest("treasure-chest", "reveal", "box", "token").out == "s3cret token\n"


def test_a_recovery_text_sets_a_new_passphrase_once(chest: Call, script: Source) -> None:
    text = chest("vault", "recovery").out.strip()
    assert RECOVERY.fullmatch(text)
    script("set by recovery")
    recovered = chest("vault", "recover", "--from-stdin", stdin=text.lower() + "\n")
    assert recovered.code == 0 and RECOVERY.fullmatch(recovered.out.strip()) and recovered.out.strip() != text
    assert chest("treasure-chest", "reveal", "box", "token").out == "s3cret token\n"
    assert chest("vault", "recover", "--from-stdin", stdin=text).code == 8


def test_every_chest_of_ones_own_gets_a_new_key(chest: Call) -> None:
    assert chest("vault", "rotate").lines == ["box"]
    assert chest("--as", "bob", "vault", "rotate").lines == []
    assert chest("treasure-chest", "show", "box", "--json").value["header"]["epoch"] == 2


def test_a_lost_vault_is_forgotten_and_made_anew(chest: Call, tmp_path: Path) -> None:
    assert chest("vault", "forget").code == 2
    assert chest("vault", "forget", "--yes").code == 8
    for file in (tmp_path / "home" / "vault").glob("*.json"):
        file.unlink()
    lost = chest("vault", "init")
    assert lost.code == 8 and "vault forget" in lost.err
    assert chest("vault", "forget", "--yes").code == 0
    assert chest("vault", "init").code == 0
    assert chest("treasure-chest", "reveal", "box", "token").code == 8


def test_a_card_shows_the_public_key_and_gives_no_rights(locked: Call) -> None:
    card = locked("vault", "card", "bob").value
    assert (card["kind"], card["name"], card["roles"]) == ("user", "bob", [])
    assert card["public_key"] and "password_verifier" not in card
    assert locked("vault", "card", "carol").code == 4


def test_a_damaged_record_is_told_by_status_and_refused_by_all_else(chest: Call, tmp_path: Path) -> None:
    for file in (tmp_path / "home" / "vault").glob("*.json"):
        file.write_text("{}")
        file.chmod(0o600)
    status = chest("vault", "status")
    assert status.code == 0 and "trouble" in status.out
    assert chest("vault", "status", "-o", "name").lines == ["refused"]
    for words in (["unlock"], ["recovery"], ["recover", "--from-stdin"], ["rotate"]):
        assert chest("vault", *words, stdin="x").code == 8


def test_an_unknown_word_of_the_vault_has_near_ones(call: Call) -> None:
    told = call("vault", "unlok")
    assert told.code == 2 and "unlock" in told.err
    assert all(word in call("vault", "--help").out for word in VAULT_WORDS)
    assert "`vault init`" in call("kinds", "--markdown").out


def test_generate_prints_a_fresh_secret(call: Call) -> None:
    first, second = call("generate").out, call("generate").out
    assert len(first.strip()) == 32 and first != second
    assert len(call("generate", "--length", "20", "--alphabet", "digits").out.strip()) == 20
    assert call("generate", "--length", "3").code == 2


def test_a_command_runs_with_the_secrets_and_its_exit_code_is_told(chest: Call, tmp_path: Path) -> None:
    place = tmp_path / "out"
    dump = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w')); sys.exit(int(sys.argv[2]))"
    told = chest("run", "--chest", "box", "--", sys.executable, "-c", dump, str(place), "5")
    assert told.code == 5
    environment = json.loads(place.read_text())
    assert (environment["DB_PASSWORD"], environment["TOKEN"]) == ("s3cret of db", "s3cret token")
    assert "MODELOPS_PASSPHRASE_FILE" not in environment
    mapped = ["--map", "PGPASSWORD=db.password", "--keep", "MODELOPS_USER"]
    # Without the dashes too: what follows the command is its own.
    assert chest("run", "--chest", "box", *mapped, sys.executable, "-c", dump, str(place), "0").code == 0
    environment = json.loads(place.read_text())
    assert (environment["PGPASSWORD"], environment["MODELOPS_USER"]) == ("s3cret of db", "keeper")
    assert "TOKEN" not in environment


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--", "true"], 2),
        (["--chest", "box"], 2),
        (["--chest", "nobox", "--", "true"], 3),
        (["--chest", "box", "--map", "X", "--", "true"], 2),
        (["--chest", "box", "--map", "X=db.user", "--map", "X=token", "--", "true"], 2),
        (["--chest", "box", "--map", "X=nothing.user", "--", "true"], 3),
        (["--chest", "box", "--", "no-such-program-at-all"], 7),
    ],
    ids=str,
)
def test_what_cannot_be_run_is_told(chest: Call, words: list[str], code: int) -> None:
    told = chest("run", *words)
    assert told.code == code and "s3cret" not in told.out + told.err


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal; no agent is left behind, however the test ends."""
    person = Terminal(tmp_path / "home")
    yield person
    person.call("vault", "lock")


def test_a_person_is_asked_once_a_session_and_nothing_typed_is_shown(terminal: Terminal) -> None:
    assert terminal.call("vault", "init", typed=(TYPED, TYPED)) == 0
    assert RECOVERY.search(terminal.shown) and TYPED not in terminal.shown
    assert terminal.call("treasure-chest", "new", "box") == 0
    assert terminal.call("treasure-chest", "put", "box", "db.password", typed=("s3cret typed",)) == 0
    assert "Secret for db.password" in terminal.shown and "s3cret" not in terminal.shown
    assert terminal.call("treasure-chest", "reveal", "box", "db") == 0
    assert terminal.shown == "s3cret typed\r\n"
    assert terminal.call("treasure-chest", "reveal", "box", "db", "--copy") == 0
    clip = base64.b64encode(b"s3cret typed").decode()
    assert f"\x1b]52;c;{clip}\x07" in terminal.shown and "s3cret" not in terminal.shown
    assert terminal.call("treasure-chest", "put", "box", "esc", "--from-stdin", piped="a\x1b]52;c;x\x07b") == 0
    assert terminal.call("treasure-chest", "reveal", "box", "esc") == 0
    assert "\x1b" not in terminal.shown and "exact in a pipe" in terminal.shown
    assert terminal.call("vault", "unlock") == 0 and "It is unlocked" in terminal.shown
    assert terminal.call("vault", "lock") == 0
    assert terminal.call("treasure-chest", "reveal", "box", "db", typed=("wrong passphrase",)) == 8
    assert "s3cret" not in terminal.shown
    # The value comes by a pipe, the passphrase is asked for at the terminal all the same.
    assert terminal.call("treasure-chest", "put", "box", "x", "--from-stdin", typed=(TYPED,), piped="piped") == 0
    assert "Unlocked, until it was not used for 15 minutes." in terminal.shown
    assert terminal.call("vault", "lock") == 0 and "Locked." in terminal.shown
    assert terminal.call("vault", "init") == 8


def test_two_different_new_passphrases_make_no_vault(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.call("vault", "init", typed=(TYPED, "something else")) == 6
    assert "differ" in terminal.shown and not list((tmp_path / "home").glob("vault/*.json"))
    assert terminal.call("treasure-chest", "new", "box") == 0
    assert terminal.call("treasure-chest", "put", "box", "x", "--from-stdin") == 2
    assert "is a terminal" in terminal.shown


def test_a_terminal_that_cannot_hide_what_is_typed_is_not_asked_at(
    locked: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelops_tui.cli.words.vault_asking.can_ask_secretly", lambda: True)
    monkeypatch.setattr(getpass, "getpass", getpass.fallback_getpass)
    for words in (["vault", "unlock"], ["treasure-chest", "reveal", "box", "token"], ["vault", "recover"]):
        told = locked(*words, stdin=f"{PASSPHRASE}\n")
        assert told.code == 2 and "cannot hide" in told.err and PASSPHRASE not in told.out + told.err


def test_a_passphrase_by_a_command_is_as_good_as_one_by_a_file(
    locked: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = passphrase_file(tmp_path, PASSPHRASE)
    monkeypatch.setenv("MODELOPS_PASSPHRASE_COMMAND", f"cat {file}")
    assert locked("treasure-chest", "reveal", "box", "db.user").out == "me\n"


def test_a_script_unlocks_for_the_calls_that_follow(chest: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    told = chest("vault", "unlock", "--idle", "2")
    assert told.code == 0 and "2 minutes" in told.err
    monkeypatch.delenv("MODELOPS_PASSPHRASE_FILE")
    assert chest("treasure-chest", "reveal", "box", "token").out == "s3cret token\n"
    assert "Locked." in chest("vault", "lock").err
    assert "already" in chest("vault", "lock").err
    assert chest("treasure-chest", "reveal", "box", "token").code == 8
