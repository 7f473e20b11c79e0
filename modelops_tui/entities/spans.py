"""Spans of time as people write them: `30s`, `5m`, `2h`, `7d`, `1w`. It asks no clock."""

from __future__ import annotations

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"\s*([0-9]+)\s*([smhdw])\s*")


def read_span(text: str, units: str = "smhdw") -> int | None:
    """The seconds of a span in one of these units, or None for what is none."""
    found = _SPAN.fullmatch(text)
    if found is None or found[2] not in units:
        return None
    # More digits than any span has would only be slow to read.
    return int(found[1][:30]) * SECONDS[found[2]]
