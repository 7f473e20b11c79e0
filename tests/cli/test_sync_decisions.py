"""Conflicts decided by command: by place, as a whole, several at once; what does not fit changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call, Outcome
from tests.cli.teams import ada_fixture, bob_fixture, clash, joined, meet, uri_fixture

__all__ = ["ada_fixture", "bob_fixture", "uri_fixture"]


def test_a_conflict_ends_with_4_is_shown_and_decided_by_place(ada: Call, bob: Call) -> None:
    clash(ada, bob)
    told = bob("sync")
    assert (
        told.code == 4 and "project iris  changed on both sides: desc (ada)" in told.out and "sync resolve" in told.err
    )
    (found,) = bob("sync", "conflicts", "--json").value
    assert (found["kind"], found["key"], found["who"]) == ("project", "iris", "ada")
    assert found["fields"] == [{"path": "desc", "base": "flowers", "mine": "bob says", "theirs": "ada says"}]
    assert bob("sync", "conflicts").lines[1].split()[:3] == [found["id"][:8], "project", "iris"]
    for text in (found["id"], found["id"][:6], found["document"], "iris"):
        assert bob("sync", "show", text, "--json").value == found
    shown = bob("sync", "show", "iris").out
    assert "'flowers'" in shown and "'bob says'" in shown and "'ada says'" in shown
    assert bob("status").lines[-1] == "remote     team, 0 unsent, 1 conflict"
    assert bob("sync", "status", "--json").value["conflicts"] == 1
    assert bob("sync", "--json").value["conflicts"] == 1 and bob("sync").code == 4
    decided = bob("sync", "resolve", "iris", "--field", 'desc="mine"', "--json")
    assert decided.value["left"] == 0 and decided.value["resolved"][0]["key"] == "iris"
    meet(bob, ada)
    for somebody in (ada, bob):
        project = somebody("project", "show", "iris", "--json").value
        assert (project["desc"], project["docker_repo"], project["git_repo"]) == (
            "mine",
            "of-ada",
            "https://host/of-bob",
        )
    authors = [step["by"] for step in ada("project", "history", "iris", "--json").value]
    assert authors[0] == "bob" and "ada" in authors
    assert bob("sync", "conflicts").err.startswith("There is no conflict.")


@pytest.mark.parametrize(
    ("choice", "expected"), [("mine", "bob says"), ("theirs", "ada says"), ("both", "ada says\nbob says")]
)
def test_a_conflict_is_decided_as_a_whole(ada: Call, bob: Call, choice: str, expected: str) -> None:
    clash(ada, bob)
    bob("sync")
    assert bob("sync", "resolve", "iris", "--take", choice).lines == ["project iris"]
    meet(bob, ada)
    assert ada("project", "show", "iris", "--json").value["desc"] == expected


def test_a_decision_about_some_places_leaves_the_others_open(ada: Call, bob: Call) -> None:
    ada("project", "new", "iris")
    ada("training", "new", "iris:t", "--notebook", "n.ipynb", "--details", '{"lr": 1, "seed": 1, "note": "x"}')
    meet(ada, bob)
    ada("training", "set", "iris:t", "details.lr=2", "details.seed=2", "details.note=a")
    bob("training", "set", "iris:t", "details.lr=3", "details.seed=3", "details.note=b")
    meet(ada, bob)
    told = bob("sync", "resolve", "iris:t", "--field", "details.lr=0.5", "--field", "details.seed=theirs")
    assert told.code == 0 and "Still to be decided there: details.note." in told.err and "1 conflict left" in told.err
    assert bob("training", "show", "iris:t", "--json").value["details"] == {"lr": 0.5, "seed": 2, "note": "b"}
    assert bob("sync", "resolve", "iris:t", "--field", "details.note=").code == 0
    meet(bob, ada)
    assert ada("training", "show", "iris:t", "--json").value["details"] == {"lr": 0.5, "seed": 2}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["iris"], 2, "--take mine|theirs|both or --field desc=mine"),
        (["iris", "--take", "yours"], 2, "mine, theirs, both"),
        (["iris", "--field", "name=mine"], 2, "Its places: desc"),
        (["iris", "--field", "desc"], 2, "Its places: desc"),
        (["nothing", "--take", "mine"], 3, "sync conflicts"),
        ([], 2, "Missing argument"),
    ],
)
def test_a_decision_that_does_not_fit_changes_nothing(
    ada: Call, bob: Call, words: list[str], code: int, says: str
) -> None:
    clash(ada, bob)
    bob("sync")
    told = bob("sync", "resolve", *words)
    assert told.code == code and says in told.err
    assert len(bob("sync", "conflicts", "--json").value) == 1


def test_values_given_in_a_decision_are_read_as_their_fields_want_them(ada: Call, bob: Call) -> None:
    for name in ("none", "of-ada", "of-bob", "third"):
        ada("project", "new", name)
    ada("deployment-descriptor", "new", "d", "--project", "none")
    ada("project", "set", "none", "git_repo=https://host/none")
    meet(ada, bob)
    for somebody, name in ((ada, "of-ada"), (bob, "of-bob")):
        assert somebody("deployment-descriptor", "set", "d", f"project={name}").code == 0
        assert somebody("project", "set", "none", f"git_repo=https://host/{name}").code == 0
    meet(ada, bob)
    (place,) = bob("sync", "show", "d", "--json").value["fields"]
    assert [place[side]["key"] for side in ("base", "mine", "theirs")] == ["none", "of-bob", "of-ada"]
    assert "  mine    'of-bob'" in bob("sync", "show", "d").lines
    for key, wrong in (("d", "project=nothing"), ("none", "git_repo=no address")):
        told = bob("sync", "resolve", key, "--field", wrong)
        assert told.code == 6 and wrong.partition("=")[0] in told.err
    assert bob("sync", "resolve", "d", "--take", "theirs", "--field", "project=third").code == 0
    assert bob("sync", "resolve", "none", "--field", 'git_repo="https://host/third"').code == 0
    meet(bob, ada)
    assert ada("deployment-descriptor", "show", "d", "--json").value["project"]["key"] == "third"
    assert ada("project", "show", "none", "--json").value["git_repo"] == "https://host/third"


def test_a_name_given_twice_is_told_and_decided(ada: Call, bob: Call) -> None:
    for somebody, notebook in ((ada, "a.ipynb"), (bob, "b.ipynb")):
        somebody("project", "new", f"of-{notebook[0]}")
    meet(ada, bob)
    for somebody, notebook in ((ada, "a.ipynb"), (bob, "b.ipynb")):
        for name in ("same", "mine", "theirs"):
            somebody("training", "new", f"of-a:{name}", "--notebook", notebook)
    ada("sync")
    told = bob("sync")
    assert told.code == 4 and told.out.count("held  ") == 3 and told.out.count("called the same") == 3
    shown = bob("sync", "show", "of-a:same-2").out
    assert "made here   of-a:same" in shown and "from there  of-a:same-2" in shown
    refused = bob("sync", "resolve", "of-a:same-2", "--field", "name=mine")
    assert refused.code == 2 and "same, mine=NEW-NAME or theirs=NEW-NAME" in refused.err
    assert bob("sync", "resolve", "of-a:same-2", "--take", "mine=not a name").code == 6
    assert bob("sync", "resolve", "of-a:mine-2", "--take", "mine=my-own").code == 0
    assert bob("sync", "resolve", "of-a:theirs-2", "--take", "theirs=their-own").code == 0
    assert bob("sync", "resolve", "of-a:same-2", "--take", "same").code == 0
    (left,) = bob("sync", "conflicts", "--json").value
    assert left["key"] == "of-a:same" and left["fields"][0]["path"] == "notebook"
    bob("sync", "resolve", "of-a:same", "--take", "theirs")
    meet(bob, ada)
    names = {"of-a:same", "of-a:mine", "of-a:my-own", "of-a:theirs", "of-a:their-own"}
    for somebody in (ada, bob):
        assert set(somebody("training", "list", "-o", "name").lines) == names


def test_somebody_with_two_laptops_is_one_user_after_saying_so(ada: Call, call: Call, tmp_path: Path, uri: str) -> None:
    def other(*words: str) -> Outcome:
        return call("--home", str(tmp_path / "other"), "--as", "ada", *words)

    joined(other, uri)
    ada("project", "new", "p1")
    other("project", "new", "p2")
    ada("sync")
    told = other("sync")
    assert told.code == 4 and "user ada: has a name that is taken there" in told.out
    assert other("sync", "resolve", "ada-2", "--take", "same").code == 0
    meet(other, ada)
    for laptop in (ada, other):
        assert laptop("user", "list", "-o", "name").lines == ["ada"]
        assert set(laptop("project", "list", "-o", "name").lines) == {"p1", "p2"}
        steps = [step for name in ("p1", "p2") for step in laptop("project", "history", name, "--json").value]
        assert {step["by"] for step in steps} == {"ada"}


def test_several_conflicts_are_decided_at_once(ada: Call, bob: Call) -> None:
    for name in ("one", "two", "three"):
        ada("model", "new", name)
    meet(ada, bob)
    for name in ("one", "two", "three"):
        ada("model", "set", name, "desc=a")
        bob("model", "set", name, "desc=b")
    meet(ada, bob)
    names = bob("sync", "conflicts", "-o", "name").lines
    assert len(names) == 3
    assert bob("sync", "resolve", *names, "--field", "desc=mine").code == 2
    told = bob("sync", "resolve", *names, "--take", "theirs")
    assert told.code == 0 and sorted(told.lines) == ["model one", "model three", "model two"]
    assert "No conflict is left" in told.err and bob("sync").code == 0
