"""What is wrong with documents of a file is told at once, once, and where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call

MODELS: list[dict[str, Any]] = [{"kind": "model", "name": name} for name in "abcdefg"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "documents.json"


def test_documents_in_one_line_are_told_apart_by_their_number(call: Call, file: Path) -> None:
    documents = [*MODELS]
    documents[2] = {"kind": "workflow", "name": "w", "steps": []}
    documents[4] = {"kind": "model", "name": "e", "nonsense": 1}
    file.write_text(json.dumps(documents))
    told = call("load", str(file))
    assert told.code == 6
    assert "2 of 7 documents cannot be loaded so; none was." in told.err
    assert told.err.count("document 3, steps:") == 1, "told once"
    assert "document 5, nonsense:" in told.err
    assert call("model", "list", "-o", "name").lines == []


def test_documents_on_lines_of_their_own_are_told_apart_by_their_line(call: Call, file: Path) -> None:
    file.write_text('{"kind": "model", "name": "a"}\n\n{"kind": "model", "name": ""}\n')
    told = call("load", str(file))
    assert "1 of 2 documents" in told.err and "line 3, name:" in told.err


def test_equal_names_in_a_file_are_among_the_problems_that_are_told(call: Call, file: Path) -> None:
    call("model", "new", "there")
    lines = [
        {"name": "a"},
        {"name": "b", "desc": 5},
        {"name": "a"},
        {"name": "there"},
    ]
    file.write_text("\n".join(json.dumps({"kind": "model", **line}) for line in lines))
    for words in (["load", str(file)], ["model", "new", "--from", str(file)]):
        told = call(*words)
        assert told.code == 6 and "3 of 4 documents cannot be" in told.err
        assert "line 2, desc:" in told.err
        assert "line 3, name: is taken by a document before it." in told.err
        assert "line 4, name: is taken: there is one already." in told.err
        assert "line 1" not in told.err


@pytest.mark.parametrize("words", [["load"], ["model", "new", "--from"]])
def test_a_torn_line_is_told_by_its_own_number(call: Call, file: Path, words: list[str]) -> None:
    file.write_text('{"kind": "model", "name": "a"}\n{"kind": "model", "name": "b",\n{"kind": "model", "name": "c"}\n')
    told = call(*words, str(file))
    assert told.code == 6 and "line 2: this value is not whole" in told.err


def test_one_document_alone_is_not_counted(call: Call, file: Path) -> None:
    file.write_text('{"kind": "model", "nome": "a"}')
    told = call("load", str(file))
    assert told.code == 6 and "The document cannot be loaded so" in told.err
