"""What is done to the store under an open screen is seen on it: a restore, a repair, a folder that goes and comes."""

from __future__ import annotations

from pathlib import Path

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import doctor, records, upkeep
from modelops_tui.services.home import Home

PROJECT = BY_NAME["project"]


async def test_a_restore_under_an_open_screen_is_seen_and_can_be_written_on(home: Home, shown, tmp_path: Path) -> None:
    upkeep.backup(home.folder, tmp_path / "backup")
    records.create(home, PROJECT, {"name": "after-the-backup"})
    async with shown(home) as it:
        await it.open("project")
        await it.sees("after-the-backup")
        count = len(it.browse.rows)
        upkeep.restore(home.folder, tmp_path / "backup", home.user["id"])
        await it.until(lambda: len(it.browse.rows) == count - 1, "the restored list")
        assert "after-the-backup" not in it.text()
        records.create(home, PROJECT, {"name": "written-on"})
        await it.sees("written-on")
    assert doctor.examine(home.folder) == []


async def test_a_compaction_and_a_repair_elsewhere_disturb_nobody(home: Home, shown) -> None:
    async with shown(home) as it:
        await it.open("project")
        count = len(it.browse.rows)
        upkeep.compact(home.folder)
        index = next(home.folder.glob("project.*.idx"))
        index.write_bytes(index.read_bytes()[:-1] + b"\x01")
        doctor.repair(home.folder, doctor.examine(home.folder), home.user["id"])
        other = open_home(home.folder, "me")
        records.create(other, PROJECT, {"name": "after-the-repair"})
        other.close()
        await it.sees("after-the-repair")
        assert len(it.browse.rows) == count + 1
