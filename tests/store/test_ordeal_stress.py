"""Writers, readers, kills, stops and compactions at once, with lines that end where reading and room have ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ordeal import seed
from stress import stress


@pytest.mark.slow
def test_what_was_acknowledged_to_killed_and_stopped_writers_is_there_for_long(tmp_path: Path, tried) -> None:
    number = seed()
    tried("seed", number)
    print(f"seed {number}")
    for what, times in stress(tmp_path, number, float(os.environ.get("MODELOPS_ORDEAL_SECONDS") or 20)).items():
        tried(what, times)
