"""Where a home lies: network file systems are refused, cloud folders warned about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from names_schema import opened

from modelops_tui.errors import Refused
from modelops_tui.store import surroundings


def test_a_network_file_system_is_told_by_the_table_of_mounts(tmp_path: Path) -> None:
    device = os.stat(tmp_path).st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    table = tmp_path / "mountinfo"
    table.write_text(f"36 35 {number} / /mnt rw - nfs4 server:/x rw\n")
    expected = "" if os.major(device) else "nfs4"
    assert surroundings.file_system_of(str(tmp_path / "not there yet"), str(table)) == expected


def test_a_home_on_a_network_is_refused_unless_asked_for(home: Path, monkeypatch) -> None:
    monkeypatch.setattr(surroundings, "file_system_of", lambda path: "nfs4")
    with pytest.raises(Refused, match="nfs4") as caught:
        opened(home)
    assert "MODELOPS_ALLOW_NETWORK_HOME" in caught.value.hint and not home.exists()
    monkeypatch.setenv("MODELOPS_ALLOW_NETWORK_HOME", "1")
    opened(home)


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - Acme", "Google Drive", "Nextcloud", "Mobile Documents"])
def test_a_folder_that_a_cloud_copies_is_warned_about(tmp_path: Path, name: str) -> None:
    assert "copied by" in surroundings.cloud_warning(tmp_path / name / "registry")
    assert surroundings.cloud_warning(tmp_path / "plain") == ""
