"""The remote by command: how it is named, changed and forgotten, and the chest that its login lies in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelops_tui.adapters.mongo_remote import open_mongo_remote
from modelops_tui.bootstrap import Adapters
from modelops_tui.cli import session
from modelops_tui.cli.vocabulary import GROUPS
from tests.cli.conftest import Call
from tests.cli.vaults import (
    chest_fixture,
    locked_fixture,
    own_vault_surroundings_fixture,
    script_fixture,
    vault_template_fixture,
)
from tests.servers import guarded_server

__all__ = [
    "chest_fixture",
    "locked_fixture",
    "own_vault_surroundings_fixture",
    "script_fixture",
    "vault_template_fixture",
]
HERE = "mongodb://127.0.0.1/team"
At = Callable[[str], Call]


@pytest.mark.parametrize("group", ["remote", "sync", "exchange"])
def test_every_word_has_a_help_and_a_near_one_for_a_mistake(call: Call, group: str) -> None:
    for word in GROUPS[group]:
        told = call(group, word, "--help")
        assert told.code == 0 and told.out.startswith(f"Usage: modelops {group} {word} ")
        assert f"Did you mean {word}?" in call(group, f"{word}x").err
    shown = call(group, "--help").out
    assert all(word in shown for word in GROUPS[group])
    reference = call("kinds", "--markdown").out
    assert all(f"`{group} {word}`" in reference for word in GROUPS[group])


def test_what_others_call_push_and_pull_is_told(call: Call) -> None:
    assert "modelops sync --push-only" in call("push").err
    assert "modelops sync --pull-only" in call("pull").err
    assert call("clone").code == 2


def test_without_a_remote_every_word_says_how_to_name_one(call: Call) -> None:
    for words in ([], ["status"], ["log"], ["verify"], ["reclone"], ["--every", "1h"], ["--dry-run"]):
        told = call("sync", *words)
        assert told.code == 3 and "modelops remote add NAME mongodb://HOST/DATABASE" in told.err, words
    assert call("remote", "list").code == 0 and call("remote", "list", "--json").value == []
    assert "unsent" not in call("status").out and call("status", "--json").value["remote"] is None
    assert call("remote", "remove", "team", "--yes").code == call("remote", "set", "team", "--uri", HERE).code == 3


def test_a_remote_is_named_shown_moved_and_forgotten(modelops: Call, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("authority")
    assert modelops("remote", "add", "team", HERE).lines == ["team"]
    assert modelops("remote", "list", "-o", "name").lines == ["team"]
    (there,) = modelops("remote", "list", "--json").value
    assert (there["uri"], there["database"], there["checkpoint"]) == (HERE, "team", 0)
    unsent = modelops("sync", "status", "--json").value["unsent"]
    assert unsent > 800 and f"remote     team, {unsent} unsent" in modelops("status").lines
    assert modelops("status", "--json").value["remote"] == {"remote": "team", "unsent": unsent, "conflicts": 0}
    second = modelops("remote", "add", "other", HERE)
    assert second.code == 4 and "remote set team --uri URI" in second.err
    moved = f"{HERE.replace('127.0.0.1', 'db.example.org')}2?tls=true"
    told = modelops("remote", "set", "team", "--uri", moved, "--ca-file", str(authority), "--rename", "crew", "--json")
    assert told.code == 0, told.err
    assert [told.value[0][field] for field in ("name", "uri", "database", "ca_file")] == [
        "crew",
        moved,
        "team2",
        str(authority),
    ]
    assert modelops("remote", "set", "crew", "--no-ca-file", "--json").value[0]["ca_file"] == ""
    assert modelops("sync", "status", "--json").value["unsent"] == unsent
    told = modelops("remote", "remove", "crew")
    assert told.code == 2 and "--yes" in told.err and f"{unsent} unsent changes" in told.err
    assert modelops("remote", "remove", "crewe", "--yes").code == 3
    assert modelops("remote", "remove", "crew", "--yes").lines == ["crew"]
    assert modelops("remote", "list", "--json").value == [] and modelops("project", "show", "churn").code == 0


def test_forgetting_a_remote_asks_first(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    modelops("remote", "add", "team", HERE)
    monkeypatch.setattr(session, "can_ask", lambda: True)
    assert "Nothing was changed." in modelops("remote", "remove", "team", stdin="n\n").err
    assert modelops("remote", "list", "-o", "name").lines == ["team"]
    assert modelops("remote", "remove", "team", stdin="y\n").code == 0
    assert modelops("remote", "list", "-o", "name").lines == []


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://ada:canary@127.0.0.1/team",
        "mongodb://ada@127.0.0.1/team",
        "mongodb://ada:can/ary@127.0.0.1/team?tls=true",
        "mongodb://ada:can?ary@127.0.0.1/team",
        "mongodb://127.0.0.1/team?tls=true&tlsCertificateKeyFilePassword=canary",
        "mongodb://127.0.0.1/team?authMechanismProperties=AWS_SESSION_TOKEN:canary",
    ],
)
def test_a_password_in_an_address_is_refused_with_what_to_do(call: Call, uri: str) -> None:
    for words in (
        ["remote", "add", "team", uri],
        ["remote", "add", "team", uri, "--allow-plaintext"],
        ["exchange", "import", "odtp", uri],
        ["exchange", "export", "noronha", uri, "--yes"],
    ):
        told = call(*words)
        assert told.code == 6 and "treasure-chest put" in told.err and "--credential CHEST/ENTRY" in told.err
        assert "canary" not in told.err and "ary@" not in told.err
    assert call("remote", "list", "--json").value == []


def test_clear_text_is_allowed_for_one_address_only(call: Call) -> None:
    first, second = "mongodb://db.example.org/team", "mongodb://db2.example.org/team"
    assert call("remote", "add", "team", first).code == 6
    assert call("remote", "add", "team", first, "--allow-plaintext").code == 0
    assert "yes" in call("remote", "list").out
    assert call("remote", "set", "team", "--uri", second).code == 6
    assert call("remote", "set", "team", "--no-plaintext").code == 6
    assert call("remote", "set", "team", "--uri", second, "--allow-plaintext").code == 0
    assert call("remote", "set", "team", "--uri", HERE, "--json").value[0]["allow_plaintext"] is False


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["remote", "add", "team", "db.example.org"], 6),
        (["remote", "add", "team", HERE, "--ca-file", "nowhere.pem"], 6),
        (["remote", "add", "team", HERE, "--database", "a/b"], 6),
        (["remote", "add", "", HERE], 6),
        (["remote", "add", "team", HERE, "--credential", "keys"], 6),
        (["remote", "add", "team", HERE, "--credential", "keys/db"], 3),
        (["remote", "add", "team"], 2),
        (["remote", "set", "team"], 2),
        (["remote", "set", "team", "--credential", "a/b", "--no-credential"], 2),
        (["remote", "set", "team", "--allow-plaintext", "--no-plaintext"], 2),
    ],
)
def test_what_cannot_be_a_remote_is_told(call: Call, words: list[str], code: int) -> None:
    told = call(*words)
    assert told.code == code and told.err and call("remote", "list", "--json").value == []


def test_the_login_is_an_entry_that_has_user_and_password(chest: Call) -> None:
    none = chest("remote", "add", "team", HERE, "--credential", "box/nope")
    assert none.code == 3 and "db, token" in none.err
    half = chest("remote", "add", "team", HERE, "--credential", "box/token")
    assert half.code == 6 and "modelops treasure-chest put box token.user" in half.err
    assert chest("remote", "add", "team", HERE, "--credential", "box/db").code == 0
    assert "s3cret" not in chest("remote", "list", "--json").out


def test_a_chest_that_the_remote_logs_in_with_may_be_renamed_but_not_go(chest: Call) -> None:
    chest("remote", "add", "team", HERE, "--credential", "box/db")
    assert chest("treasure-chest", "rename", "box", "keys").code == 0
    assert chest("remote", "list", "--json").value[0]["credential"] == "keys/db"
    gone = chest("treasure-chest", "rm", "keys", "--yes")
    assert gone.code == 4 and "is used by the remote team" in gone.err
    gone = chest("treasure-chest", "rm", "keys", "--dry-run")
    assert "is used by the remote team" in gone.err + gone.out
    gone = chest("treasure-chest", "remove-entry", "keys", "db", "--yes")
    assert gone.code == 4 and "is used by the remote team" in gone.err
    assert chest("treasure-chest", "remove-entry", "keys", "token", "--yes").code == 0
    (row,) = [row for row in chest("treasure-chest", "refs", "keys", "--json").value if row["kind"] == "remote"]
    assert (row["key"], row["entry"], row["when removed"]) == ("team", "db", "forbids its removal")
    (entry,) = chest("treasure-chest", "entries", "keys", "--json").value
    assert entry["used by"] == [{"kind": "remote", "key": "team", "field": "credential"}]
    assert chest("remote", "set", "team", "--no-credential").code == 0
    assert chest("treasure-chest", "rm", "keys", "--yes").code == 0


def test_a_locked_vault_ends_with_8_and_looking_needs_no_vault(locked: Call) -> None:
    locked("remote", "add", "team", HERE, "--credential", "box/db")
    for words in (["sync"], ["sync", "log"], ["sync", "--every", "1h"], ["sync", "verify"]):
        assert locked(*words).code == 8, words
    for words in (["sync", "status"], ["sync", "conflicts"], ["remote", "list"], ["status"]):
        assert locked(*words).code == 0, words


@pytest.mark.slow
def test_a_server_that_asks_who_comes_is_logged_in_to_by_a_chest(chest: Call, tmp_path: Path) -> None:
    def prepare(client: object) -> None:
        roles = [{"role": "readWrite", "db": name} for name in ("team", "team_log", "odtp")]
        client["admin"].command("createUser", "me", pwd="s3cret of db", roles=roles)  # type: ignore[index]

    with guarded_server(tmp_path / "server", prepare) as port:
        uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        chest("remote", "add", "team", uri, "--database", "team")
        refused = chest("sync")
        assert refused.code == 7 and "credentials" in refused.err
        chest("remote", "set", "team", "--credential", "box/db")
        assert chest("sync").code == 0 and chest("sync", "verify").code == 0
        assert chest("exchange", "export", "odtp", uri, "--credential", "box/db").code == 0
        assert chest("exchange", "import", "odtp", uri).code == 7
        assert chest("exchange", "import", "odtp", uri, "--credential", "box/db").code == 0
        chest("treasure-chest", "put", "box", "db.password", "--from-stdin", stdin="another")
        refused = chest("sync", "log")
        assert refused.code == 7 and "another" not in refused.err


def test_a_chest_that_somebody_else_removed_is_told(
    chest: Call, at: At, server_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"mongodb://127.0.0.1:{server_port}/{database}?directConnection=true"
    bob = at("bob")
    chest("remote", "add", "team", uri)
    chest("sync")
    bob("remote", "add", "team", uri)
    bob("sync")
    chest("remote", "set", "team", "--credential", "box/db")
    assert bob("treasure-chest", "rm", "box", "--yes").code == 0
    bob("sync")
    # This server asks nobody, and would refuse who logs in.
    monkeypatch.setattr(Adapters, "remote", lambda _self, address, _login: open_mongo_remote(address))
    assert chest("sync").code == 0
    told = chest("sync")
    assert told.code == 3 and "remote set NAME --credential CHEST/ENTRY" in told.err
    assert "(gone)/db" in chest("remote", "list").out
