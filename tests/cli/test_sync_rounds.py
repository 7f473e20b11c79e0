"""`sync --every`: spans of time, growing delays, and rounds that go on or end."""

from __future__ import annotations

import json
from typing import Any

import pymongo
import pytest
from dns.exception import Timeout
from pymongo import MongoClient
from pymongo.errors import ConfigurationError

from modelops_tui.cli.words import sync_rounds
from modelops_tui.cli.words.sync_rounds import delay_after, interval_of
from modelops_tui.errors import WrongUse
from tests.cli.conftest import Call
from tests.cli.teams import At, ada_fixture, bob_fixture, joined, meet, uri_fixture
from tests.sync.wire import Proxy, away

__all__ = ["ada_fixture", "bob_fixture", "uri_fixture"]


@pytest.mark.parametrize("text", ["", "5", "5x", "-5m", "9s", "8d", "1e9h", "9" * 60 + "s"])
def test_a_span_that_is_none_is_told(text: str) -> None:
    with pytest.raises(WrongUse):
        interval_of(text)


def test_spans_and_growing_delays() -> None:
    assert [interval_of(text) for text in ("10s", "5m", "1h", "7d")] == [10, 300, 3600, 604800]
    assert [delay_after(300, failures) for failures in range(7)] == [300, 300, 600, 1200, 2400, 3600, 3600]
    assert delay_after(7200, 9) == 7200 and delay_after(10, 10**6) == 3600


@pytest.mark.slow
def test_rounds_go_on_after_a_remote_was_away(
    at: At, proxy: Proxy, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = joined(at("ada"), f"{proxy.uri.replace('/?', f'/{database}?')}")
    waited: list[float] = []

    def wait(stop: Any, seconds: float) -> None:
        waited.append(seconds)
        proxy.judge = away if len(waited) in (1, 2, 3) else (lambda message: "")
        stop.wanted = len(waited) == 5

    monkeypatch.setattr(sync_rounds.Stop, "wait", wait)
    told = ada("sync", "--every", "5m", "-o", "jsonl")
    assert told.code == 130 and "Stopped." in told.err
    values = [json.loads(line) for line in told.lines]
    assert ["failed" in value for value in values] == [False, True, True, True, False]
    assert values[0]["pushed"] > 0 and values[4]["nothing_new"] and all(value["at"] for value in values)
    assert waited == [300, 300, 600, 1200, 300]
    waited[:] = [0, 0]
    told = ada("sync", "--every", "5m")
    assert [line.endswith("nothing new") for line in told.lines] == [True, True]
    assert told.err.count("does not answer") == 1


def test_a_name_that_nobody_resolves_is_a_network_that_is_away(ada: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise ConfigurationError("no answer") from Timeout()

    monkeypatch.setattr(pymongo, "MongoClient", offline)
    ada("remote", "set", "team", "--uri", "mongodb+srv://db.example.org/team")
    told = ada("sync")
    assert told.code == 7 and "db.example.org is not found by its name" in told.err
    monkeypatch.setattr(sync_rounds.Stop, "wait", lambda stop, _seconds: setattr(stop, "wanted", True))
    told = ada("sync", "--every", "5m")
    assert told.code == 130 and "is not found by its name" in told.err


def test_rounds_end_where_waiting_does_not_help(ada: Call, bob: Call, server_port: int, database: str) -> None:
    assert ada("sync", "--every", "5m", "-o", "yaml").code == 2
    assert ada("sync", "--every", "5m", "--dry-run").code == 2
    meet(ada, bob)
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", server_port, directConnection=True)
    client.drop_database(f"{database}_log")
    client.close()
    told = ada("sync", "--every", "5m")
    assert told.code == 4 and "reclone" in told.err
