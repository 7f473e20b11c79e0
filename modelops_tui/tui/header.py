"""What the top line says at its right: what runs, and where the home stands with its remote. It works nothing out."""

from __future__ import annotations

from typing import NamedTuple

from modelops_tui.errors import Failure
from modelops_tui.tui.sync_work import SyncWork


class Sign(NamedTuple):
    """One thing to be told: in words, and where there is little room."""

    words: str
    short: str


def header(running: int | None, work: SyncWork, trouble: str) -> tuple[str, ...]:
    """The right of the top line in words, then shorter and shorter.

    `trouble` with the store itself leaves room for nothing else.
    """
    if trouble:
        return (f"✗ {trouble}",)
    signs = _of_sync(work)
    if running is not None:
        signs.insert(0, Sign(f"● {running} running", f"●{running}") if running else Sign("○ nothing runs", ""))
    # What is under way or wrong, the last of them all, keeps its words longest.
    told = ["  ".join(sign.words for sign in signs)]
    for number in range(1, len(signs) + 1):
        parts = [*(sign.short for sign in signs[:number]), *(sign.words for sign in signs[number:])]
        told.append((" " if number == len(signs) else "  ").join(part for part in parts if part))
    return tuple(told)


def _of_sync(work: SyncWork) -> list[Sign]:
    signs: list[Sign] = []
    standing = work.standing
    if standing is None:
        return signs
    if standing.unsent:
        number = ("" if standing.exact else "~") + spaced(standing.unsent)
        signs.append(Sign(f"⇡ {number} unsent", f"⇡{number}"))
    if standing.conflicts:
        number = spaced(len(standing.conflicts))
        signs.append(Sign(f"≠ {number} conflict{'s' * (number != '1')}", f"≠{number}"))
    if work.doing:
        share = "" if work.share is None else f" {work.share:.0%}"
        signs.append(Sign(f"⟳ {work.doing}{share}", f"⟳{share}"))
    elif work.failure is not None:
        signs.append(Sign(f"✗ {trouble_words(work.failure)}", "✗"))
    return signs


def trouble_words(failure: Failure) -> str:
    """Why the last sync failed, in two words."""
    from modelops_tui.ports import VaultLocked
    from modelops_tui.ports_remote import RemoteUnreachable
    from modelops_tui.services.sync import HistoryGone

    if isinstance(failure, VaultLocked):
        return "vault locked"
    if isinstance(failure, RemoteUnreachable):
        return "remote away"
    if isinstance(failure, HistoryGone):
        return "history gone"
    return "sync failed"


def spaced(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}".replace(",", " ")
