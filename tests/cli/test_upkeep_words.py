"""The words that look after a registry as a whole: doctor, store, purge, and what history says of its own gaps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.cli import session
from modelops_tui.cli.vocabulary import STORE_WORDS
from modelops_tui.cli.words.measuring import bytes_text, read_age, read_size
from modelops_tui.errors import WrongUse
from tests.cli.conftest import Call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home"


def edited(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def damage(folder: Path) -> None:
    edited(next(folder.glob("project.*.jsonl")), b'"churn"', b'"chur_"')


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_word_of_the_store_has_a_help(call: Call) -> None:
    for word in STORE_WORDS:
        told = call("store", word, "--help")
        assert told.code == 0 and told.out.startswith(f"Usage: modelops store {word} ")
    assert all(word in call("store", "--help").out for word in STORE_WORDS)
    assert "Did you mean backup?" in call("store", "bakup").err


def test_a_sound_registry_has_no_faults_and_ends_with_0(modelops: Call) -> None:
    told = modelops("doctor")
    assert (told.code, told.out) == (0, "")
    assert modelops("doctor", "--json").value["faults"] == []
    assert modelops("doctor", "--repair").code == 0


def test_each_fault_is_told_with_its_place_and_ends_with_4(modelops: Call, folder: Path) -> None:
    damage(folder)
    before = content(folder)
    told = modelops("doctor")
    assert told.code == 4
    assert told.lines[0].startswith("project.") and "repair: " in told.lines[1]
    assert "1 fault, of which 1 can be repaired: modelops doctor --repair" in told.err
    assert modelops("doctor", "-o", "csv").lines[0] == "place,code,says,repairable,plan"
    assert content(folder) == before


def test_a_repair_shows_its_plan_and_needs_a_yes(modelops: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(folder)
    before = content(folder)
    told = modelops("doctor", "--repair")
    assert told.code == 2 and "--yes" in told.err and "put aside" in told.err
    monkeypatch.setattr(session, "can_ask", lambda: True)
    told = modelops("doctor", "--repair", stdin="n\n")
    assert told.code == 4 and "Nothing was changed." in told.err
    assert content(folder) == before


def test_a_repair_keeps_a_copy_and_leaves_no_fault(modelops: Call, folder: Path) -> None:
    damage(folder)
    told = modelops("doctor", "--repair", "--yes", "--json")
    assert told.code == 0, told.err
    assert told.value["faults"] == [] and len(told.value["done"]) == 1
    assert any(b"chur_" in data for data in content(Path(told.value["backup"])).values())
    assert modelops("project", "show", "churn").code == 0


def test_a_registry_that_does_not_open_is_examined_and_repaired(modelops: Call, folder: Path) -> None:
    (folder / "MANIFEST").write_bytes(b"{}")
    assert modelops("project", "list").code == 7
    assert [fault["code"] for fault in modelops("doctor", "--json").value["faults"]] == ["manifest"]
    told = modelops("doctor", "--repair", "--yes")
    assert told.code == 0, told.err
    assert modelops("project", "show", "churn").code == 0


def test_faults_that_nothing_repairs_remain_and_end_with_4(modelops: Call, folder: Path) -> None:
    for path in folder.rglob("*.jsonl"):
        path.unlink()
    told = modelops("doctor", "--repair", "--yes")
    assert told.code == 4
    assert told.out


def test_where_there_is_no_registry_none_is_made(call: Call, folder: Path) -> None:
    for words in (["doctor"], ["store", "stats"], ["store", "verify"], ["store", "compact"], ["store", "limits"]):
        assert call(*words).code == 3
    assert call("store", "backup", "copy").code == 3
    assert not folder.exists()


def test_only_an_administrator_repairs_restores_and_purges(modelops: Call, folder: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    modelops("store", "backup", backup)
    modelops("user", "new", "guest")
    damage(folder)
    before = content(folder)
    for words in (
        ["doctor", "--repair", "--yes"],
        ["store", "restore", backup, "--yes"],
        ["store", "limits", "--age", "1d", "--yes"],
        ["store", "adopt", "project.1.jsonl"],
        ["purge", "model", "none", "--yes"],
    ):
        told = modelops("--as", "guest", *words)
        assert (told.code, "administrator" in told.err) == (5, True), (words, told.err)
    assert content(folder) == before


def test_a_backup_is_made_proved_and_restored(modelops: Call, folder: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    assert modelops("store", "backup", backup).lines == [backup]
    assert modelops("store", "backup", backup).code == 4
    assert modelops("store", "backup", str(folder / "inside")).code == 4
    assert modelops("store", "verify", backup).code == 0
    modelops("project", "rm", "churn", "--yes")
    assert modelops("store", "restore", backup).code == 2
    told = modelops("store", "restore", backup, "--yes", "--json")
    assert told.code == 0, told.err
    assert modelops("project", "show", "churn").code == 0
    former = told.value["former"]
    assert former in told.err and modelops("--home", former, "project", "show", "churn").code == 3
    assert modelops("undo").code == 4


def test_a_backup_comes_back_where_files_are_damaged_or_gone(modelops: Call, folder: Path, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    modelops("store", "backup", backup)
    (folder / "MANIFEST").write_bytes(b"{}")
    assert modelops("store", "restore", backup, "--yes").code == 0
    assert modelops("project", "show", "churn").code == 0
    shutil.rmtree(folder)
    assert modelops("store", "restore", backup).code == 0
    assert modelops("project", "show", "churn").code == 0


def test_what_is_no_backup_or_a_damaged_one_is_refused(modelops: Call, folder: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert modelops("store", "restore", str(tmp_path), "--yes").code == 3
    assert modelops("store", "verify", str(tmp_path)).code == 3
    modelops("store", "backup", str(backup))
    damage(backup)
    before = content(folder)
    assert modelops("store", "verify", str(backup)).code == 4
    assert modelops("store", "restore", str(backup), "--yes").code == 7
    assert content(folder) == before
    for name in ("", "\0", "/"):
        assert modelops("store", "backup", name).code == 2


def test_verify_reads_every_file(modelops: Call, folder: Path) -> None:
    assert modelops("store", "verify").code == 0
    damage(folder)
    told = modelops("store", "verify", "--json")
    assert told.code == 4 and told.value[0]["code"] == "segment"


def test_figures_are_told_in_every_form(modelops: Call) -> None:
    modelops("project", "set", "churn", "desc=other")
    value = modelops("store", "stats", "--json").value
    assert value["documents"]["project"] == 6
    assert value["bytes"]["all"] == sum(size for part, size in value["bytes"].items() if part != "all")
    assert value["history_limits"] == {"bytes": 1 << 30, "days": None}
    told = modelops("store", "stats")
    assert "1 GiB, any age" in told.out and "from transaction 1" in told.out
    assert modelops("store", "compact", "--json").value["bytes"]["journal"] == 0
    assert " on disk." in modelops("store", "compact").err


def test_limits_of_the_history_are_set_and_applied_by_a_compaction(modelops: Call, folder: Path) -> None:
    assert modelops("store", "limits", "--size", "1MiB", "--age", "52w").code == 2
    told = modelops("store", "limits", "--size", "1MiB", "--age", "52w", "--yes")
    assert told.code == 0 and "1 MiB, 364 days" in told.out
    assert "rounded" not in told.err
    told = modelops("store", "limits", "--size", "1.2MiB", "--yes")
    assert "at most 2 MiB, rounded up from 1.2MiB" in told.err
    told = modelops("store", "limits", "--size", "none", "--json")
    assert told.value["history_limits"] == {"bytes": None, "days": 364}
    home = open_home(folder, "keeper")
    home.store.limit_history(bytes=1)
    home.close()
    modelops("project", "set", "churn", "desc=other")
    assert "let go of" in modelops("store", "compact").err
    assert modelops("store", "stats", "--json").value["history_dropped"]["transactions"] == 2
    assert "let go" in modelops("store", "stats").out
    assert "begins at transaction 3" in modelops("changes").err
    assert "begins at transaction 3" in modelops("project", "history", "churn").err
    assert modelops("project", "history", "churn", "--limit", "1").err == ""
    modelops("project", "new", "young")
    assert modelops("project", "history", "young").err == ""


@pytest.mark.parametrize(
    ("text", "megabytes"), [("1GiB", 1024), ("2G", 2048), ("500MB", 477), ("1", 1), ("0.5 gib", 512), ("none", 0)]
)
def test_a_size_is_read(text: str, megabytes: int) -> None:
    assert read_size(text) == megabytes


def test_what_is_no_size_or_age_is_wrong_use() -> None:
    for text in ("", "much", "1i", "-1G", "1e3", "0.0", "999999999999T"):
        with pytest.raises(WrongUse):
            read_size(text)
    assert (read_age("365d"), read_age("2w"), read_age("0")) == (365, 14, 0)
    for text in ("", "1", "0d", "1y", "-3d"):
        with pytest.raises(WrongUse):
            read_age(text)


def test_bytes_are_told_as_people_say_them() -> None:
    said = [bytes_text(n) for n in (0, 1023, 1024, 3_565_158, (1 << 20) - 1, 1 << 30, 1 << 50)]
    assert said == ["0 B", "1023 B", "1 KiB", "3.4 MiB", "1,024 KiB", "1 GiB", "1,024 TiB"]


def test_an_edited_file_is_taken_over_as_a_change(modelops: Call, folder: Path) -> None:
    name = next(folder.glob("project.*.jsonl")).name
    edited(folder / name, b'"Who is about to leave, and why."', b'"Edited."')
    told = modelops("store", "adopt", name)
    assert told.code == 0 and len(told.lines) == 1, told.err
    assert modelops("project", "show", "churn", "--json").value["desc"] == "Edited."
    assert modelops("undo").code == 0
    assert modelops("doctor").code == 0
    assert modelops("store", "adopt", "none.1.jsonl").code == 4


def test_a_purge_asks_erases_and_is_recorded(call: Call, folder: Path) -> None:
    id = call("model", "new", "quite-secret", "--json").value["id"]
    assert call("purge", "model", "quite-secret").code == 2
    told = call("purge", "model", "quite-secret", "--yes", "--json")
    assert told.code == 0, told.err
    assert told.value["writes"] == 2 and told.value["mentions"] == []
    assert call("model", "show", id).code == 3
    assert not any(b"secret" in data for data in content(folder).values())
    assert call("doctor").code == 0
    home = open_home(folder, "keeper")
    assert any(record.marks.get("purged", {}).get("id") == id for record in home.store.changes())
    home.close()


def test_what_was_removed_before_is_purged_by_its_id(call: Call, folder: Path) -> None:
    id = call("model", "new", "quite-secret", "--json").value["id"]
    call("model", "rm", "quite-secret", "--yes")
    assert call("purge", "model", "quite-secret", "--yes").code == 3
    assert call("purge", "model", id, "--yes").code == 0
    assert not any(b"secret" in data for data in content(folder).values())
    assert call("purge", "model", "f" * 24, "--yes").code == 3
    assert call("purge", "modle", "x").code == 2


def test_a_purge_shows_what_goes_along_and_keeps_to_the_rules_of_removal(modelops: Call) -> None:
    told = modelops("purge", "project", "churn")
    assert told.code == 2 and "with it  training churn:night-3" in told.err and "Only the first is erased" in told.err
    told = modelops("purge", "role", "administrator", "--yes")
    assert told.code == 4
    assert modelops("project", "show", "churn").code == 0


def test_undo_refuses_what_carries_purged_writes(call: Call) -> None:
    call("model", "new", "kept")
    call("model", "new", "secret")
    assert call("purge", "model", "secret", "--yes").code == 0
    told = call("undo")
    assert told.code == 4 and "purged" in told.err
    assert call("model", "list", "-o", "name").lines == ["kept"]
    call("model", "new", "later")
    assert call("undo").code == 0
    assert call("undo").code == 4


def test_a_missing_file_of_the_history_is_told(modelops: Call, folder: Path) -> None:
    modelops("project", "set", "churn", "desc=other")
    modelops("store", "compact")
    modelops("project", "set", "churn", "desc=another")
    gone = sorted(folder.glob("history/*.jsonl"))[-1]
    gone.unlink()
    for words in (["project", "history", "churn"], ["changes"]):
        told = modelops(*words, "--json")
        assert told.code == 0 and f"history/{gone.name} is missing" in told.err
    assert modelops("project", "history", "churn", "--limit", "1").err == ""
    assert modelops("undo").code == 0
    told = modelops("undo")
    assert told.code == 4 and "not in the history" in told.err


def test_what_a_repair_took_off_the_history_is_told_ever_after(modelops: Call, folder: Path) -> None:
    for desc in ("one", "two"):
        modelops("project", "set", "churn", f"desc={desc}")
        modelops("store", "compact")
    sorted(folder.glob("history/*.jsonl"))[1].unlink()
    assert modelops("doctor", "--repair", "--yes").code == 0
    told = modelops("project", "history", "churn", "-o", "name")
    assert told.code == 0 and "Transactions 3 to 3 are not in the history any more" in told.err


def test_a_backup_is_looked_into_and_refuses_a_write_with_a_way_out(call: Call, modelops: Call, tmp_path: Path) -> None:
    backup = str(tmp_path / "backup")
    modelops("store", "backup", backup)
    assert call("--home", backup, "project", "show", "churn").code == 0
    told = call("--home", backup, "project", "set", "churn", "desc=late")
    assert told.code == 4 and "is a backup" in told.err and "store restore" in told.err
    assert call("store", "verify", backup).code == 0


def test_a_past_of_which_every_file_is_gone_is_not_taken_for_none(modelops: Call, folder: Path) -> None:
    for path in folder.glob("history/*.jsonl"):
        path.unlink()
    told = modelops("undo")
    assert told.code == 4 and "not in the history" in told.err
    assert "is missing" in modelops("changes").err


def test_a_registry_in_a_cloud_folder_is_warned_about_once(call: Call, tmp_path: Path) -> None:
    place = tmp_path / "Dropbox" / "home"
    told = call("--home", str(place), "project", "new", "p")
    assert told.code == 0 and told.err.count("copied by Dropbox") == 1
    assert call("--home", str(place), "project", "new", "q").err == ""
    assert "copied by Dropbox" in call("--home", str(place), "doctor").out


def test_words_options_kinds_and_keys_are_completed(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "bash")
    for line, expected in (
        ("modelops store ba", "backup"),
        ("modelops doctor --re", "--repair"),
        ("modelops purge projec", "project"),
        ("modelops purge project chu", "churn"),
    ):
        monkeypatch.setenv("_MODELOPS_LINE", line)
        assert expected in modelops().lines, line


def test_a_purge_leaves_the_words_of_its_transactions_to_the_other_documents(modelops: Call, folder: Path) -> None:
    before = modelops("project", "history", "churn", "--json").value
    assert [step["says"] for step in before] == ["load 820 documents"]
    for name in ("set", "quite-secret", "plain"):
        modelops("model", "new", name)
    gone = modelops("model", "show", "quite-secret", "--json").value["id"]
    assert modelops("model", "rm", "quite-secret", "set", "plain", "--yes").code == 0
    assert modelops("purge", "model", gone, "--yes").code == 0
    read = modelops("subscription", "list", "-o", "json").value[0]["id"]
    assert modelops("purge", "subscription", read, "-y").code == 0
    assert modelops("project", "history", "churn", "--json").value == before
    says = [change["says"] for change in modelops("changes", "--limit", "9", "--json").value]
    assert "rm model …, model set, model plain" in says
    assert "new model set" in says
    assert not any(b"quite-secret" in data for data in content(folder).values())
