"""Stores of every format that was ever written are read; those of newer programs are refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from names_schema import added, opened

from modelops_tui.errors import Refused
from modelops_tui.store import manifest

_STORES = Path(__file__).parent.parent.parent / "fixtures" / "stores"
_IDS = [f"6955b9000000000000000{number:03x}" for number in range(1, 5)]


@pytest.mark.parametrize("format", range(1, manifest.FORMAT + 1))
def test_a_store_of_each_past_format_is_read_and_written(tmp_path: Path, format: int) -> None:
    shutil.copytree(_STORES / f"format-{format}", tmp_path / "home")
    store = opened(tmp_path / "home")
    assert store.ids("training") == [_IDS[0], _IDS[2]]
    first = store.get("training", _IDS[0])
    assert first is not None
    assert (first["name"], first["rev"], first["tags"], first["project"]) == ("night-x", 2, ["a", "ä\u2028"], _IDS[3])
    project = store.find("project", "name:iris")[0]
    assert (project["big"], repr(project["small"])) == (2**53 + 1, "-0.0")
    assert [entry.at[:10] for entry in store.history("training", _IDS[0])] == ["2026-01-04", "2026-01-01"]
    assert next(store.changes()).marks == {"undoes": 2}
    with pytest.raises(Refused, match="was removed"), store.transaction("ada", "again") as tx:
        tx.insert("training", {}, id=_IDS[1])
    added(store, name="new")
    store.compact()
    assert store.compaction_trouble == "" and opened(tmp_path / "home").verify() == []


def test_a_store_of_a_newer_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    shutil.copytree(_STORES / "format-2", tmp_path / "home")
    before = {path: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()}
    with pytest.raises(Refused, match="has format 2; this program reads up to 1") as caught:
        opened(tmp_path / "home")
    assert "newer modelops" in caught.value.hint
    assert {path: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()} == before
