"""Taking back: the last change, or one of one's own by its number; a refusal says whose change stands in the way."""

from __future__ import annotations

import pytest

from modelops_tui.services import history
from tests.cli.conftest import Call, Outcome


@pytest.fixture
def bob(call: Call) -> Call:
    """Calls as bob, who may do everything, on a registry where keeper and he can get in each other's way."""
    assert call("user", "new", "bob", "--roles", "administrator").code == 0
    return lambda *words, **more: call("--as", "bob", *words, **more)


def number_of(told: Outcome, says: str) -> str:
    return next(str(change["sequence"]) for change in told.value if change["says"] == says)


def test_a_change_that_cannot_be_taken_back_does_not_bar_the_way_to_the_others(call: Call, bob: Call) -> None:
    call("model", "new", "first")
    call("model", "new", "second")
    bob("model", "set", "second", "desc=bob was here")
    told = call("undo")
    number = number_of(call("changes", "--json"), "new model first")
    assert told.code == 4 and "bob changed model second since" in told.err
    assert f"modelops undo {number}" in told.err
    assert call("undo", number).code == 0
    assert call("model", "list", "-o", "name").lines == ["second"]
    again = call("undo", number)
    assert again.code == 4 and "was taken back already, by transaction" in again.err
    assert call("redo").code == 0
    assert call("model", "list", "-o", "name").lines == ["first", "second"]
    assert call("undo", number).code == 0, "what was done again can be taken back again"


def test_only_ones_own_is_taken_back_by_its_number(call: Call, bob: Call) -> None:
    bob("model", "new", "his")
    number = number_of(call("changes", "--json"), "new model his")
    told = call("undo", number)
    assert told.code == 4 and "bob did it" in told.err
    assert call("undo", "99").code == 3
    assert call("undo", "0").code == 3
    assert call("undo", "x").code == 2
    assert call("undo", "1").code == 4, "what every registry has"
    assert bob("undo", number).code == 0
    taken = number_of(call("changes", "--json"), "undo: new model his")
    told = bob("undo", taken)
    assert told.code == 4 and "modelops redo" in told.err


def test_a_refusal_names_whose_change_still_stands(call: Call, bob: Call) -> None:
    call("model", "new", "shared", "--desc", "one")
    call("model", "set", "shared", "desc=two")
    target = number_of(call("changes", "--json"), "set model shared")
    bob("model", "set", "shared", "desc=three")
    call("model", "set", "shared", "desc=four")
    assert call("undo").code == 0
    told = call("undo", target)
    assert told.code == 4
    assert "bob changed model shared since" in told.err


def test_history_is_only_added_to(call: Call, bob: Call) -> None:
    call("model", "new", "first")
    before = call("changes", "--json").value
    call("undo", str(before[0]["sequence"]))
    assert call("changes", "--json").value[1:] == before


def test_only_what_is_shown_of_a_large_change_is_worked_out(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    whole = history.label_of
    monkeypatch.setattr(history, "label_of", lambda *given: called.append(1) or whole(*given))
    told = modelops("changes", "--limit", "1")
    assert len(called) < 20, "two transactions of eight entries"
    entries = modelops("changes", "--limit", "1", "--json").value[0]["entries"]
    assert len(entries) > 700
    assert told.lines[-1] == f"    and {len(entries) - 8} more" and len(told.lines) == 10
