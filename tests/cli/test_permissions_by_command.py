"""A user who may read one kind alone learns of the others no more than what they are called, by any command."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Call

SECRET = "Plan-Zq7-for-the-board"
WAYS = [
    ("training", "list", "--columns", "key,project.desc"),
    ("training", "list", "--columns", "project.desc", "-o", "json"),
    ("training", "list", "-o", "json"),
    ("training", "list", "-o", "wide"),
    ("training", "list", "--sort", "project.desc", "-o", "csv"),
    ("training", "show", "churn:sweep-1"),
    ("training", "show", "churn:sweep-1", "-o", "json"),
    ("training", "refs", "churn:sweep-1"),
    ("training", "history", "churn:sweep-1"),
    ("deployment", "show", "churn:live"),
    ("search", SECRET),
    ("changes",),
    ("project", "list"),
    ("project", "list", "-o", "json"),
    ("project", "show", "churn"),
    ("project", "refs", "churn"),
    ("project", "history", "churn"),
    ("status",),
]


@pytest.fixture
def mina(modelops: Call) -> Call:
    """Calls as somebody who may read trainings and deployments, and nothing else."""
    assert modelops("project", "set", "churn", f"desc={SECRET}").code == 0
    assert modelops("role", "new", "reader-of-trainings").code == 0
    for kind in ("training", "deployment"):
        words = ("permission", "new", "--role", "reader-of-trainings", "--category", kind, "--actions", "read,create")
        assert modelops(*words).code == 0
    assert modelops("user", "new", "mina-too", "--roles", "reader-of-trainings").code == 0
    return lambda *words, **more: modelops("--as", "mina-too", *words, **more)


@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_what_may_not_be_read_is_told_by_no_command(mina: Call, words: tuple[str, ...]) -> None:
    told = mina(*words)
    assert SECRET not in told.out + told.err.replace(f"'{SECRET}'", "")
    assert told.code in (0, 3, 5)


def test_a_condition_on_what_may_not_be_read_is_never_true(mina: Call) -> None:
    found = mina("training", "list", "--where", 'project.desc like "Plan*"', "-o", "json")
    assert (found.code, found.value) == (0, [])
    assert mina("training", "list", "--where", 'project.name == "churn"', "-o", "json").value, "it is called so"


def test_no_copy_is_taken_of_what_may_not_be_read(mina: Call) -> None:
    made = mina("training", "new", "churn:spy", "--notebook", "a.ipynb", "--bvers", "churn:latest")
    assert made.code == 6
    assert "may not read" in made.err


def test_a_list_that_is_empty_for_want_of_a_permission_says_so(mina: Call) -> None:
    assert "project:read is missing" in mina("project", "list").err


def test_who_would_remove_a_user_is_told_how_to_shut_one_out(modelops: Call) -> None:
    told = modelops("user", "rm", "grace")
    assert told.code == 2
    assert "state=deleted" in told.err
