"""The figures that are kept, their picture and the README say the same, and the command that makes them works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import bars, past, report, turns
from tests.benchmarks.turns import ROOT


def test_the_readme_says_what_the_figures_say() -> None:
    readme = report.README.read_text()
    assert report.with_table(readme, report.saved()) == readme


def test_the_picture_shows_the_figures() -> None:
    assert report.drawn(report.saved()) == report.PICTURE.read_text()


def test_the_figures_name_no_machine_and_no_folder() -> None:
    text = report.FIGURES.read_text()
    assert "/" not in text and os.uname().nodename not in text
    assert len(text) < 40_000


def test_a_readme_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="has no"):
        report.with_table("nothing", report.saved())


def test_a_bar_that_is_missed_is_said_to_be() -> None:
    parts = report.saved()["parts"]
    before = {bar.what: bar.holds for bar in bars.bars(parts)}
    size = max((one for one in parts["sizes"] if int(one) <= 100_000), key=int)
    parts["sizes"][size]["get by id"][bars.OURS] *= 1000
    missed = [bar.what for bar in bars.bars(parts) if not bar.holds and before[bar.what]]
    assert any("get by id" in what for what in missed)


def test_the_contenders_take_turns_and_the_noisy_turns_do_not_count() -> None:
    order: list[str] = []
    clock = [0.0]

    def job(name: str, seconds: float):
        def work() -> None:
            order.append(name)
            noisy = len(order) % 48 > 24
            clock[0] += seconds * (5 if noisy else 1)

        return work

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns.time, "perf_counter", lambda: clock[0])
        found = turns.taking_turns({"one": job("one", 1e-4), "other": job("other", 2e-4)}, 60, 100)
    assert found == pytest.approx({"one": 1e-4, "other": 2e-4})
    assert order.index("other") < 20 and order.count("one") >= 60


def measured(*words: str) -> str:
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_command_measures_every_part(tmp_path: Path) -> None:
    before = report.FIGURES.read_text()
    told = measured("--sizes", "200,400", "--quick", "--folder", str(tmp_path))
    for expected in ("400 documents", "4 writers", "8 writers", "former journals", "Bars", "0 lost"):
        assert expected in told
    assert report.FIGURES.read_text() == before and list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_any_documents_past_among_a_million_changes_is_told_in_well_under_a_second(tmp_path: Path) -> None:
    told = past.measure(tmp_path, [1_000_000], 1, print)
    assert told["changes"] == 1_000_000 and told["former journals"] > 100
    assert max(value for value in told.values() if isinstance(value, float)) < 1.0


@pytest.mark.slow
def test_the_command_measures_sync_and_what_it_asks_does_not_grow(tmp_path: Path) -> None:
    """How fast it is depends on the machine; how often the server is asked does not."""
    file, folder = tmp_path / "figures.json", tmp_path / "homes"
    folder.mkdir()
    told = measured("--sync", "--sizes", "200,1200", "--quick", "--folder", str(folder), "--json", str(file))
    for expected in ("sync, 1,200 documents", "first push", "later push", "nothing changed", "10 changed", "pull"):
        assert expected in told
    small, large = json.loads(file.read_text())["sizes"].values()
    assert small["small"]["nothing"]["commands"] == large["small"]["nothing"]["commands"] == ["find"]
    assert small["small"]["changed"]["commands"] == large["small"]["changed"]["commands"]
    assert len(large["small"]["changed"]["commands"]) <= 6 and large["push"]["documents"] > 1200
    assert list(folder.iterdir()) == []
