"""What the README shows of sync and exchange works as it is typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from modelops_tui.adapters.mongo_exchange import write_database
from tests.cli.teams import At, joined, meet
from tests.exchange.conftest import original

README = Path(__file__).resolve().parents[2] / "README.md"


def commands(section: str) -> list[list[str]]:
    """The command lines of a section, without `modelops` and what is said beside them."""
    text = README.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [shlex.split(line, comments=True)[1:] for block in blocks for line in block.splitlines()]


def test_every_command_on_sync_and_exchange_does_what_is_said(at: At, server_port: int, database: str) -> None:
    server = f"mongodb://127.0.0.1:{server_port}/?directConnection=true"
    uri = server.replace("/?", f"/{database}?")
    ada, bob = joined(at("ada"), uri), at("bob")
    ada("project", "new", "iris")
    ada("training", "new", "iris:night-1", "--notebook", "train.ipynb", "--details", '{"lr": 0.1, "note": "x"}')
    ada("sync")
    joined(bob, uri)
    bob("sync")
    bob("remote", "remove", "team", "--yes")
    ada("training", "set", "iris:night-1", "details.lr=0.2", "details.note=ada")
    ada("sync")
    bob("training", "set", "iris:night-1", "details.lr=0.3", "details.note=bob")
    databases = {"nha_db": original("noronha"), "odtp_copy": {}}
    client: MongoClient[dict[str, Any]] = MongoClient(server)
    for name, content in databases.items():
        client.drop_database(name)
        write_database(server, name, content, dry_run=False)
    codes = {}
    try:
        for words in commands("Sync and exchange"):
            typed = [word.replace("mongodb://127.0.0.1:27017/team", uri) for word in words]
            typed = [word.replace("mongodb://127.0.0.1:27017", server) for word in typed]
            told = bob(*typed)
            assert "Traceback" not in told.err and told.code in (0, 4), (words, told.err)
            codes[" ".join(words[:2])] = told.code
    finally:
        for name in databases:
            client.drop_database(name)
        client.close()
    # The conflict that both made is open until it is decided; a document of the other database cannot be taken.
    assert {words for words, code in codes.items() if code} == {"sync --dry-run", "sync", "exchange import"}
    assert len(codes) == 11
    details = bob("training", "show", "iris:night-1", "--json").value["details"]
    assert details == {"lr": 0.05, "note": "bob"}
    meet(bob, ada)
    assert ada("training", "show", "iris:night-1", "--json").value["details"] == details
