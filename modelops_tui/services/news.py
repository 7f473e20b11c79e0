"""What long work tells while it goes on, for a face to show as it likes. It never prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the work begins: a few words."""

    says: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the part is: `done` of `total` (0 where it is not known), counted in `unit`."""

    done: int
    total: int
    unit: str


News = Step | Progress
Tell = Callable[[News], None]


def nobody(news: News) -> None:
    """Hears what is told and does nothing."""
