"""Moments as people read them: local, and how long ago. It never changes what is stored."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400
_RELATIVE_DAYS = 14


def moment(text: str) -> datetime | None:
    """The moment that stored UTC text means, with its zone, or None where it is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def local_time(text: str) -> str:
    """Stored UTC text as local date and time to the second; other text stays as it is."""
    found = moment(text)
    if found is None:
        return text
    try:
        return found.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return text


def relative_time(text: str, now: datetime | None = None) -> str:
    """Stored UTC text as a distance from `now` (`5 min ago`), as a local date when that is far.

    Text that is no time stays as it is.
    """
    found = moment(text)
    if found is None:
        return text
    seconds = ((now or datetime.now(UTC)) - found).total_seconds()
    away = abs(seconds)
    if away >= _RELATIVE_DAYS * DAY:
        return local_time(text)[:10]
    if away < 5:
        return "just now"
    span = _span(away)
    return f"{span} ago" if seconds > 0 else f"in {span}"


def full_time(text: str, now: datetime | None = None) -> str:
    """Stored UTC text as local date and time, after its distance from `now` where that is near."""
    exact, near = local_time(text), relative_time(text, now)
    return exact if exact.startswith(near) else f"{near}, {exact}"


def _span(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{int(seconds)} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h"
    days = int(seconds // DAY)
    return "1 day" if days == 1 else f"{days} days"
