"""Whatever words are typed, the answer is a documented number and never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelops_tui.__main__ import run
from modelops_tui.adapters import mongo_exchange
from modelops_tui.bootstrap import Adapters, open_home
from modelops_tui.cli.vocabulary import GROUPS, VERBS, WORDS
from modelops_tui.entities.registry import BY_CALL
from modelops_tui.services import sync
from tests.sync.memory_remote import MemoryRemote, Shared

SHARED = Shared()
CODES = {0, 2, 3, 4, 5, 6, 7, 8}
ODD = ["", "-", "--", "=", "a=b", "name=x", "tags+=x", "churn", "churn:night-3", "*", "--where", "--from", "-o", "json"]
ODD += [
    "--json",
    "--yes",
    "--limit",
    "-1",
    "9" * 30,
    "name ==",
    'name == "x"',
    "details.a.b=1",
    "a" * 300,
    "\n",
    "\x00",
    "é",
]
ODD += [
    "--columns",
    "--sort",
    "-name",
    "key",
    "--if-rev",
    "--name",
    "--desc",
    "--project",
    "--help",
    "\udc80",
    "[",
    "{}",
]

ODD += [
    "team",
    "--take",
    "--field",
    "mine",
    "both",
    "fork",
    "mine=x",
    "details.lr=mine",
    "odtp",
    "mongodb://127.0.0.1/x",
]
ODD += ["mongodb://a:b@h/x", "--credential", "a/b", "--uri", "--rename", "--push-only", "--dry-run", "--upgrade"]

words = st.one_of(
    st.sampled_from(sorted(BY_CALL)),
    st.sampled_from(sorted({*VERBS, *(set(WORDS) - {"demo"})})),
    st.sampled_from(ODD),
    st.text(max_size=12),
)
calls = st.tuples(st.sampled_from(sorted(BY_CALL)), st.sampled_from(sorted(VERBS)), st.lists(words, max_size=5)).map(
    lambda parts: [parts[0], parts[1], *parts[2]]
)

shared_words = [(group, word) for group in ("remote", "sync", "exchange") for word in ("", *GROUPS[group])]
shared_calls = st.tuples(st.sampled_from(shared_words), st.lists(words, max_size=5)).map(
    lambda parts: [*filter(None, parts[0]), *parts[1]]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=st.one_of(calls, shared_calls, st.lists(words, max_size=6)))
def test_any_words_are_answered_with_a_documented_number(template: Path, tmp_path: Path, call: list[str]) -> None:
    home = tmp_path / "words"
    if not home.exists():
        shutil.copytree(template, home)
    known = open_home(home, "keeper")
    if not sync.remotes(known):
        sync.add_remote(known, "team", "mongodb://localhost/team")
    known.close()
    out, err = io.StringIO(), io.StringIO()
    place = {"MODELOPS_HOME": str(home), "MODELOPS_USER": "keeper", "XDG_STATE_HOME": str(tmp_path), "EDITOR": "true"}
    with (
        mock.patch.dict(os.environ, place),
        # A server in memory that everybody reaches at once, and a database that is empty.
        mock.patch.object(Adapters, "remote", lambda _self, _address, _login: MemoryRemote(SHARED)),
        mock.patch.object(mongo_exchange, "read_database", lambda *_: {}),
        mock.patch.object(mongo_exchange, "write_database", lambda *_, **__: {}),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}"))),
        contextlib.chdir(tmp_path),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run(call)
    assert code in CODES, (call, err.getvalue())
    assert "Traceback" not in err.getvalue()
