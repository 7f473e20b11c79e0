"""The names of a chest's entries and fields are found; nothing of what is sealed is."""

from __future__ import annotations

from modelops_tui.services import chests
from modelops_tui.services.searching import search
from tests.vault.conftest import Person


def test_entry_and_field_names_are_found_and_sealed_values_are_not(ada: Person) -> None:
    box = ada.chest("box")
    chests.put_many(ada.home, box, {"github": {"token": "s3cret-words"}})
    for word in ("github", "token", "GitHub"):
        assert [hit.label for hit in search(ada.home, word)] == ["box"]
    assert search(ada.home, "s3cret-words") == []
    document = ada.home.store.get("treasure-chest", box)
    assert document is not None
    sealed = document["entries"]["github"]["fields"]["token"]
    seal = document["entries"]["github"]["seals"]["token"]
    for start in range(0, len(sealed) - 6, 9):
        assert search(ada.home, sealed[start : start + 6]) == []
    assert search(ada.home, seal) == []
