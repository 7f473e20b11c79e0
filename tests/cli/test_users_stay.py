"""Users are never really removed, by no door; only a user whom nothing names yet can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.errors import Refused
from tests.cli.conftest import Call


@pytest.fixture
def carl(call: Call) -> Call:
    """Calls as carl, who may do everything and has just been made; the newest transaction is his making."""
    assert call("user", "new", "carl", "--roles", "administrator").code == 0
    return lambda *words, **more: call("--as", "carl", *words, **more)


def test_a_fresh_user_whom_nothing_names_can_be_taken_back(call: Call, carl: Call) -> None:
    assert call("undo").code == 0
    assert call("user", "show", "carl").code == 3
    assert call("redo").code == 0
    assert call("user", "show", "carl").code == 0


def test_a_user_who_made_something_stays_and_is_told_why(call: Call, carl: Call) -> None:
    carl("project", "new", "lab")
    carl("group", "new", "mine")
    told = call("undo")
    assert told.code == 4
    assert "carl cannot be removed: they made, or are named by, 1 project and 1 group" in told.err
    assert "modelops user set carl state=deleted" in told.err
    assert carl("project", "show", "lab", "--json").value["created_by"]["key"] == "carl"
    assert carl("group", "list", "-o", "name").lines == ["mine"]
    assert call("user", "set", "carl", "state=deleted").code == 0
    assert call("user", "new", "carl").code == 4, "the name is reserved for ever"


def test_a_user_whom_a_field_names_stays(call: Call, carl: Call) -> None:
    call("digital-twin", "new", "carl:plant")
    told = call("undo", "-o", "json")
    assert told.code == 0, "the twin is newer"
    call("redo")
    home = open_home(Path(call("status", "--json").value["folder"]), "keeper")
    user = home.store.find("user", "name carl")[0]["id"]
    with pytest.raises(Refused, match="1 digital twin"), home.writing("undo", {"undoes": 2}) as transaction:
        transaction.remove("user", user)
    home.close()


def test_a_user_of_whom_only_the_history_tells_stays(call: Call, carl: Call) -> None:
    carl("model", "new", "short-lived")
    carl("model", "rm", "short-lived", "--yes")
    call("store", "compact")
    told = call("undo")
    assert told.code == 4 and "the history tells what they did" in told.err


@pytest.mark.parametrize("door", ["store", "table", "purge"])
def test_no_other_door_removes_even_a_fresh_user(call: Call, carl: Call, door: str) -> None:
    if door == "purge":
        told = call("purge", "user", "carl", "--yes")
        assert told.code == 4 and "never" in told.err
    else:
        home = open_home(Path(call("status", "--json").value["folder"]), "keeper")
        user = home.store.find("user", "name carl")[0]["id"]
        with pytest.raises(Refused, match="never really removed"):
            if door == "store":
                with home.writing("remove carl") as transaction:
                    transaction.remove("user", user)
            else:
                home.store.table("user").remove(doc_ids=[user])
        home.close()
    assert call("user", "show", "carl").code == 0
