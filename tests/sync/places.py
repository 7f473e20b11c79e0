"""Where tests of sync keep homes and servers: killing a process is no loss of power, so memory is as good as a disk."""

from __future__ import annotations

import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH = 1 << 30


def fast_disk() -> str | None:
    """A folder in memory with much room, or None for the usual place of temporary files."""
    return str(_MEMORY) if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH else None
