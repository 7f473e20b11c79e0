"""Secrets by the command line: in by a pipe, a file or a descriptor, out on purpose, and never beside the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from modelops_tui.cli.vocabulary import KIND_VERBS
from modelops_tui.entities.field import FieldType
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.structures import Entries, Group, Items, SecretPlace
from tests.cli.conftest import Call
from tests.cli.vaults import (  # noqa: F401 – fixtures are found by pytest
    PASSPHRASE,
    Source,
    chest_fixture,
    locked_fixture,
    own_vault_surroundings_fixture,
    script_fixture,
    vault_template_fixture,
)

CANARY = "c4nary and more"


def test_a_secret_comes_in_by_stdin_and_out_on_purpose(chest: Call) -> None:
    put = chest("treasure-chest", "put", "box", "mail", "--from-stdin", stdin=f"{CANARY}\n")
    assert (put.code, put.out) == (0, "box\n")
    assert "Put mail.value." in put.err and CANARY not in put.out + put.err
    shown = chest("treasure-chest", "reveal", "box", "mail")
    assert (shown.code, shown.out, shown.err) == (0, f"{CANARY}\n", "")
    told = chest("treasure-chest", "history", "box", "--json")
    assert told.value[0]["says"] == "reveal mail.value of treasure-chest box"
    assert CANARY not in told.out + chest("treasure-chest", "show", "box", "-o", "json").out


def test_a_secret_comes_from_a_file_or_a_descriptor(chest: Call, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN-----\nabc\n-----END-----\n")
    told = chest("treasure-chest", "put", "box", "key", "--from-file", str(key))
    assert told.code == 0 and "still holds it in clear" in told.err
    assert chest("tchest", "reveal", "box", "key").out == key.read_text()
    reading, writing = os.pipe()
    os.write(writing, b"by descriptor\r\n")
    os.close(writing)
    assert chest("treasure-chest", "put", "box", "key", "--from-fd", str(reading)).code == 0
    os.close(reading)
    assert chest("treasure-chest", "reveal", "box", "key.value").out == "by descriptor\n"


def test_a_duplicate_has_no_secret_and_says_so(chest: Call) -> None:
    told = chest("treasure-chest", "duplicate", "box", "other")
    assert told.code == 0 and "sealed was not copied" in told.err
    assert chest("treasure-chest", "show", "other", "--json").value.get("entries") in (None, {})
    chest("treasure-chest", "new", "bare")
    assert chest("treasure-chest", "duplicate", "bare", "bare-too").err == ""


def test_putting_again_replaces_the_field_that_is_meant(chest: Call) -> None:
    told = chest("treasure-chest", "put", "box", "token", "--from-stdin", stdin="new")
    assert "Replaced token.value." in told.err
    several = chest("treasure-chest", "put", "box", "db", "--from-stdin", stdin="new")
    assert several.code == 2 and "db.{password,user}" in several.err


def test_a_generated_secret_is_put_and_not_shown(chest: Call) -> None:
    told = chest("treasure-chest", "put", "box", "api.key", "--generate", "--length", "40", "--alphabet", "hex")
    assert told.code == 0
    secret = chest("treasure-chest", "reveal", "box", "api").out.strip()
    assert len(secret) == 40 and set(secret) <= set("0123456789abcdef")
    assert secret not in told.out + told.err


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["box", "x"], "", 2),
        (["box", "x", "--from-stdin", "--generate"], "v", 2),
        (["box", "x", "--from-stdin", "--from-file", "f"], "v", 2),
        (["box", "x", "--length", "12", "--from-stdin"], "v", 2),
        (["box", "x", "--generate", "--length", "1"], "", 2),
        (["box", "x", "--from-stdin"], "", 6),
        (["box", "x", "--from-stdin"], "v" * 70_000, 6),
        (["box", "x y", "--from-stdin"], "v", 2),
        (["box", "x", "--from-file", "/nowhere/c4nary"], "", 7),
        (["box", "x", "--from-file", "/"], "", 7),
        (["box", "x", "--from-file", ""], "", 2),
        (["box", "x", "--from-fd", "987"], "", 7),
        (["box", "x", "--from-fd", "99999999999999999999"], "", 2),
        (["nobox", "x", "--from-stdin"], "v", 3),
    ],
    ids=str,
)
def test_what_cannot_be_put_is_told_and_changes_nothing(chest: Call, words: list[str], stdin: str, code: int) -> None:
    before = chest("treasure-chest", "show", "box", "--json").value["rev"]
    told = chest("treasure-chest", "put", *words, stdin=stdin)
    assert told.code == code and "Traceback" not in told.err
    assert chest("treasure-chest", "show", "box", "--json").value["rev"] == before


def test_a_secret_that_is_no_text_is_refused_without_any_of_it(chest: Call, tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"c4nary\xff\xfe")
    told = chest("treasure-chest", "put", "box", "x", "--from-file", str(file))
    assert told.code == 6 and "c4nary" not in told.out + told.err


def test_no_option_takes_a_secret(chest: Call) -> None:
    for word in ("--value", "--secret", "--password", "--passphrase"):
        told = chest("treasure-chest", "put", "box", "x", word, CANARY)
        assert told.code == 2 and CANARY not in told.err
    told = chest("treasure-chest", "put", "box", "x", CANARY)
    assert told.code == 2 and CANARY not in told.out + told.err and "--from-stdin" in told.err


def test_entries_are_listed_and_checked_without_a_value(locked: Call, script: Source) -> None:
    told = locked("treasure-chest", "entries", "box", "--json")
    assert [(row["entry"], row["fields"]) for row in told.value] == [("db", ["password", "user"]), ("token", ["value"])]
    assert locked("treasure-chest", "entries", "box", "-o", "name").lines == ["db", "token"]
    assert "s3cret" not in locked("treasure-chest", "entries", "box").out
    assert locked("treasure-chest", "check", "box").code == 8
    script(PASSPHRASE)
    whole = locked("treasure-chest", "check", "box")
    assert (whole.code, whole.out) == (0, "") and "All is well: 2 entries." in whole.err


def test_an_entry_or_a_field_is_removed(chest: Call) -> None:
    assert chest("treasure-chest", "remove-entry", "box", "db").code == 2
    assert chest("treasure-chest", "remove-entry", "box", "db.nothing", "--yes").code == 3
    assert chest("treasure-chest", "remove-entry", "box", "nothing", "--yes").code == 3
    assert chest("treasure-chest", "remove-entry", "box", "db.user", "--yes").code == 0
    assert chest("treasure-chest", "remove-entry", "box", "token.value", "--yes").code == 0
    rows = chest("treasure-chest", "entries", "box", "--json").value
    assert [(row["entry"], row["fields"]) for row in rows] == [("db", ["password"])]
    says = [change["says"] for change in chest("treasure-chest", "history", "box", "--json").value]
    assert says[:2] == ["remove token from treasure-chest box", "remove db.user from treasure-chest box"]


def test_an_entry_shows_who_names_it_both_ways_and_stays_while_it_does(chest: Call) -> None:
    address = ["--host", "db.example", "--port", "5432", "--password", "chest=box,entry=db"]
    made = chest("address", "new", "pg", *address)
    assert made.code == 0, made.err
    rows = chest("treasure-chest", "entries", "box", "--json").value
    assert [[one["key"] for one in row["used by"]] for row in rows] == [["pg"], []]
    inward = [row for row in chest("treasure-chest", "refs", "box", "--json").value if row["direction"] == "used by"]
    assert [(row["kind"], row["entry"]) for row in inward] == [("deployment-service-address", "db")]
    outward = chest("address", "refs", "pg", "--json").value
    assert [row["entry"] for row in outward if row["kind"] == "treasure-chest"] == ["db"]
    assert chest("treasure-chest", "remove-entry", "box", "db", "--yes").code == 4
    assert chest("treasure-chest", "remove-entry", "box", "token", "--yes").code == 0


def test_an_entry_is_named_as_chest_and_entry_wherever_a_secret_is_wanted(
    chest: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = ("deployment-service-address", "new", "edge", "--host", "h", "--port", "1", "--password")
    for mistaken in ("s3cret itself", "s3cret,x=y", '["s3cret"]', "{s3cret}"):
        told = chest(*new, mistaken)
        assert told.code == 6 and "as chest/entry" in told.err and "s3cret" not in told.err, mistaken
    missing = chest(*new, "box/s3cret")
    assert missing.code == 6 and "names no entry of the treasure chest box; it has" in missing.err
    assert "db" in missing.err and "s3cret" not in missing.err
    assert chest(*new, "box/db").code == 0
    file = tmp_path / "second.yaml"
    file.write_text("name: second\nhost: h\nport: 2\npassword: box/token\n")
    assert chest("deployment-service-address", "new", "--from", str(file)).code == 0
    assert chest("deployment-service-address", "set", "second", "password=box/db").code == 0
    assert [one["key"] for one in chest("treasure-chest", "entries", "box", "--json").value[0]["used by"]] == [
        "edge",
        "second",
    ]
    assert chest("deployment-service-address", "list", "--columns", "password").lines[1:] == ["box/db", "box/db"]
    for typed, offered in (("bo", "box/"), ("box/d", "box/db")):
        monkeypatch.setenv("_MODELOPS_COMPLETE", "zsh")
        monkeypatch.setenv("_MODELOPS_LINE", f"modelops deployment-service-address new a --password {typed}")
        assert [line.partition("\t")[0] for line in chest().lines] == [offered]


def test_every_kind_that_names_entries_shows_them_in_its_refs() -> None:
    def names(type_: FieldType) -> bool:
        if isinstance(type_, SecretPlace):
            return True
        if isinstance(type_, Items | Entries):
            return names(type_.of)
        return isinstance(type_, Group) and any(names(item.type) for item in type_.fields)

    naming = {kind.name for kind in KINDS if any(names(item.type) for item in kind.fields)}
    assert naming and naming | {"treasure-chest"} == {name for name, verbs in KIND_VERBS.items() if "refs" in verbs}
    assert set(KIND_VERBS) <= set(BY_NAME)


def test_a_chest_is_shared_and_taken_back(chest: Call) -> None:
    status = chest("--as", "bob", "vault", "status", "--json").value
    assert chest("--as", "bob", "treasure-chest", "reveal", "box", "token").code == 8
    shared = chest("treasure-chest", "share", "box", "--with", "bob")
    assert (shared.code, shared.out) == (0, "box\n") and status["fingerprint"] in shared.err
    assert chest("--as", "bob", "treasure-chest", "reveal", "box", "token").out == "s3cret token\n"
    holders = chest("treasure-chest", "holders", "box", "-o", "json").value
    assert [(row["user"], row["role"]) for row in holders] == [("keeper", "owner"), ("bob", "shared with")]
    out = chest("treasure-chest", "unshare", "box", "--from", "bob")
    assert out.code == 0 and "Change the credentials themselves too" in out.err
    assert chest("--as", "bob", "treasure-chest", "reveal", "box", "token").code == 8


def test_sharing_that_cannot_be_is_told(chest: Call) -> None:
    assert chest("treasure-chest", "share", "box").code == 2
    assert chest("treasure-chest", "share", "box", "--with", "nobody").code == 3
    assert chest("treasure-chest", "share", "box", "--with", "carol").code == 4
    wrong = chest("treasure-chest", "share", "box", "--with", "bob", "--fingerprint", "AAAA-BBBB")
    assert wrong.code == 8 and "fingerprint" in wrong.err
    assert [row["user"] for row in chest("treasure-chest", "holders", "box", "--json").value] == ["keeper"]


def test_a_rotation_gives_a_new_key(chest: Call) -> None:
    assert chest("treasure-chest", "rotate", "box", "--json").value["header"]["epoch"] == 2
    assert chest("treasure-chest", "reveal", "box", "token").out == "s3cret token\n"


def test_a_chest_travels_sealed_and_only_to_who_can_open_it(chest: Call, tmp_path: Path) -> None:
    assert chest("treasure-chest", "export", "box", "--to", "bob").code == 4
    chest("treasure-chest", "share", "box", "--with", "bob")
    export = chest("treasure-chest", "export", "box", "--to", "bob")
    assert export.code == 0 and "s3cret" not in export.out
    file = tmp_path / "box.json"
    file.write_text(export.out)
    assert chest("treasure-chest", "import", str(file)).code == 0
    file.write_text(json.dumps([item for item in export.value if item["kind"] == "user"]))
    assert chest("treasure-chest", "import", str(file)).code == 2


def test_what_is_sealed_is_told_by_that_word_in_every_form_and_in_the_history(chest: Call, tmp_path: Path) -> None:
    chest("treasure-chest", "share", "box", "--with", "bob")
    exported = chest("treasure-chest", "export", "box", "--to", "bob").value[-1]
    header, entries = exported["header"], exported["entries"].values()
    hidden = [header["mac"], *(one["wrapped_key"] for one in header["recipients"])]
    hidden += [text for entry in entries for text in (*entry["fields"].values(), *entry["seals"].values())]
    assert len(hidden) == 9
    for form in ("table", "wide", "json", "jsonl", "yaml", "csv"):
        for words in (["show", "box"], ["list", "--columns", "entries,header"], ["history", "box"]):
            told = chest("treasure-chest", *words, "-o", form)
            # Cut in the middle, since a table breaks what is long.
            assert told.code == 0 and not any(text[:30] in told.out or text[-12:] in told.out for text in hidden)
    shown = chest("treasure-chest", "show", "box", "--json").value
    assert {one["wrapped_key"] for one in shown["header"]["recipients"]} == {shown["header"]["mac"]} == {"sealed"}
    assert shown["entries"]["token"] == {
        "fields": {"value": "sealed"}, "version": 1, "key_epoch": 1, "seals": {"value": "sealed"}
    }  # fmt: skip


def test_what_show_tells_of_a_chest_is_not_loaded_as_a_chest_and_the_way_to_take_it_is_said(
    chest: Call, tmp_path: Path
) -> None:
    file = tmp_path / "shown.json"
    for columns in (("entries", "header"), ("header",)):
        shown = chest("treasure-chest", "show", "box", "--json").value
        file.write_text(json.dumps({name: item for name, item in shown.items() if name in ("kind", "name", *columns)}))
        told = chest("load", str(file))
        assert told.code == 6 and "treasure-chest export" in told.err, columns
    chest("treasure-chest", "new", "empty")
    file.write_text(chest("treasure-chest", "show", "empty", "--json").out)
    assert chest("load", str(file)).code == 0, "what is not sealed is loaded as everything else is"


def test_two_registries_share_a_chest_by_what_they_load_of_each_other(chest: Call, tmp_path: Path) -> None:
    eve = ["--home", str(tmp_path / "other"), "--as", "eve"]
    assert chest(*eve, "vault", "init").code == 0
    card, file = tmp_path / "card.json", tmp_path / "box.json"
    card.write_text(chest(*eve, "vault", "card").out)
    assert chest("load", str(card)).code == 0
    fingerprint = chest(*eve, "vault", "card", "-o", "name").out.strip()
    assert chest("treasure-chest", "share", "box", "--with", "eve", "--fingerprint", fingerprint).code == 0
    file.write_text(chest("treasure-chest", "export", "box", "--to", "eve").out)
    taken = chest(*eve, "treasure-chest", "import", str(file))
    assert (taken.code, taken.out) == (0, "box\n")
    assert chest(*eve, "treasure-chest", "reveal", "box", "token").out == "s3cret token\n"
    chest("treasure-chest", "unshare", "box", "--from", "eve")
    assert chest("treasure-chest", "export", "box", "--to", "eve").code == 4


def test_a_file_of_variables_is_taken_over_all_or_none(chest: Call, tmp_path: Path) -> None:
    file = tmp_path / "prod.env"
    file.write_text("A=c4nary\nbroken c4nary\n")
    told = chest("treasure-chest", "import-env", "box", str(file))
    assert told.code == 6 and "line 2" in told.err and "c4nary" not in told.err
    file.write_text("# comment\nPGUSER=me\nexport PGPASSWORD='c4nary one'\n")
    told = chest("treasure-chest", "import-env", "box", str(file))
    assert told.code == 0 and "Took over 2 entries." in told.err and "c4nary" not in told.out + told.err
    assert chest("treasure-chest", "reveal", "box", "PGPASSWORD").out == "c4nary one\n"


def test_a_password_of_the_keyring_is_taken_over(chest: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["treasure-chest", "import-keyring", "box", "old.password", "--service", "noronha", "--user", "me"]
    monkeypatch.setitem(sys.modules, "keyring", None)
    missing = chest(*words)
    assert missing.code == 7 and "pip install" in missing.err
    keyring, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    keyring.get_password = lambda service, name: CANARY if (service, name) == ("noronha", "me") else None  # type: ignore[attr-defined]
    errors.KeyringError = RuntimeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert chest(*words[:-1], "somebody").code == 3
    told = chest(*words)
    assert told.code == 0 and CANARY not in told.out + told.err
    assert chest("treasure-chest", "reveal", "box", "old").out == f"{CANARY}\n"
    assert chest(*words[:4]).code == 2


def test_a_locked_vault_keeps_everything_closed_without_a_terminal(locked: Call) -> None:
    for words in (
        ["treasure-chest", "reveal", "box", "token"],
        ["treasure-chest", "put", "box", "x", "--from-stdin"],
        ["treasure-chest", "share", "box", "--with", "bob"],
        ["treasure-chest", "rotate", "box"],
        ["treasure-chest", "remove-entry", "box", "token", "--yes"],
        ["run", "--chest", "box", "--", "true"],
    ):
        told = locked(*words, stdin="v")
        assert (told.code, told.out) == (8, "") and "locked" in told.err, words
    assert locked("treasure-chest", "history", "box", "--limit", "1", "--json").value[0]["says"].startswith("put ")


def test_a_copy_goes_to_a_terminal_or_is_not_made(chest: Call) -> None:
    told = chest("treasure-chest", "reveal", "box", "token", "--copy")
    assert told.code == 2 and "s3cret" not in told.out + told.err
    assert "reveal" not in chest("treasure-chest", "history", "box", "--limit", "1").out


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("modelops treasure-chest remo", "remove-entry"),
        ("modelops treasure-chest reveal bo", "box"),
        ("modelops treasure-chest reveal box db.", "db.password"),
        ("modelops tchest put box t", "token"),
        ("modelops treasure-chest share box --with bo", "bob"),
        ("modelops run --chest bo", "box"),
        ("modelops run --chest box --map PGPASSWORD=db.p", "PGPASSWORD=db.password"),
        ("modelops vault chan", "change-passphrase"),
        ("modelops generate --alphabet he", "hex"),
    ],
)
def test_entries_are_completed_without_a_passphrase(
    locked: Call, monkeypatch: pytest.MonkeyPatch, line: str, found: str
) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "fish")
    monkeypatch.setenv("_MODELOPS_LINE", line)
    told = locked()
    assert (told.code, told.err) == (0, "")
    assert found in [row.split("\t")[0] for row in told.lines]


@pytest.mark.parametrize(
    "words",
    [["treasure-chest", "entries", "box"], ["treasure-chest", "refs", "box"], ["treasure-chest", "put", "--help"]],
    ids=" ".join,
)
def test_looking_at_a_chest_loads_no_cryptography(vault_template: Path, words: list[str]) -> None:
    program = (
        "import sys\nfrom modelops_tui.__main__ import run\nrun(sys.argv[1:])\n"
        "sys.exit(bool({'cryptography', 'tinydb', 'filelock', 'rich'} & {name.split('.')[0] for name in sys.modules}))"
    )
    environment = {"MODELOPS_HOME": str(vault_template), "MODELOPS_USER": "keeper", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_sharing_says_which_permissions_the_colleague_lacks(chest: Call) -> None:
    assert chest("user", "set", "bob", "roles=").code == 0
    told = chest("treasure-chest", "share", "box", "--with", "bob")
    assert told.code == 0, told.err
    missing = "bob has its key now, but may not open it. Missing: treasure-chest:read, treasure-chest:reveal."
    assert missing in told.err
    assert chest("treasure-chest", "unshare", "box", "--with", "bob").code == 0
    assert chest("user", "set", "bob", "roles=administrator").code == 0
    assert "bob can open it now." in chest("treasure-chest", "share", "box", "--with", "bob").err
    assert chest("treasure-chest", "unshare", "box", "--from", "bob").code == 0
