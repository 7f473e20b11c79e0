"""Every word that can be seen in a record finds it, however JSON writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modelops_tui import open_home
from modelops_tui.entities.registry import kind_named
from modelops_tui.services import records
from modelops_tui.services.home import Home
from modelops_tui.services.searching import search
from modelops_tui.services.texts import folded, texts_of
from tests.services.conftest import Desk

TRAINING = kind_named("training")
VALUES = st.one_of(
    st.text(max_size=12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**53), 2**53),
    st.text(alphabet='"\\/éß Ω\u0301\x1b\u202eAa1', max_size=8),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = open_home(str(tmp_path_factory.mktemp("searched") / "home"), "ada")
    records.create(home, kind_named("project"), {}, "p")
    yield home
    home.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(min_size=1, max_size=6), VALUES, min_size=1, max_size=3))
@example({"a": 1e-7})
@example({"a": 1.5e300, "b": 'say "hi"\\'})
@example({"Ümlaut": "STRASSE and Straße"})
@example({"a": "plain Words"})
def test_every_word_of_a_record_finds_it(home: Home, details: dict[str, Any]) -> None:
    made = records.create(home, TRAINING, {"notebook": "t.ipynb", "details": details}, f"p:t-{home.store.sequence}")
    for _, text in texts_of(TRAINING, made, home.readable):
        for word in folded(text).split():
            assert made["id"] in {hit.id for hit in search(home, word, limit=10**6)}, (text, word)
    assert search(home, "never-written-anywhere") == []


def test_what_is_worked_out_is_found_too(desk: Desk) -> None:
    project, content, artifact = desk.new("project", "iris")["id"], "c" * 24, "a" * 24
    desk.load(
        {"kind": "artifact", "id": artifact, "project": project, "next_number": 2},
        {"kind": "artifact-content", "id": content, "sha256": "0" * 64, "size": 3},
        {
            "kind": "artifact-revision",
            "artifact": artifact,
            "path": "models/boosted.pmml",
            "content": content,
            "state": "PUBLISHED",
            "number": 1,
        },
    )
    assert artifact in {hit.id for hit in search(desk.home, "models/boosted.pmml")}
