"""When the app syncs by itself: every so many minutes, where the person chose so. A failure waits longer each time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual.timer import Timer

from modelops_tui.tui.preferences import SyncTimes
from modelops_tui.tui.sync_work import SyncWork

if TYPE_CHECKING:
    from modelops_tui.tui.app import ModelopsApp

MINUTE = 60.0
FIRST = 2.0
"""Seconds after the start of the app until its first sync."""

SLOWEST = 60
"""Minutes after which a remote that stays away is asked again, at the latest."""


class SyncTiming:
    """The times that were chosen for this home, and the clock that keeps them."""

    def __init__(self, app: ModelopsApp, work: SyncWork) -> None:
        self.failures = 0
        self._app = app
        self._work = work
        self._timer: Timer | None = None
        # A folder's name may be no text at all.
        self._folder = os.fsencode(work.home.folder).decode("utf-8", "backslashreplace")

    @property
    def times(self) -> SyncTimes:
        """What was chosen."""
        return self._app.preferences.sync.get(self._folder, SyncTimes())

    def choose(self, times: SyncTimes) -> None:
        """Takes another choice and keeps it."""
        self._app.preferences.sync[self._folder] = times
        self._app.preferences.save()
        self.failures = 0
        self.begin()

    def begin(self) -> None:
        """Has the first sync soon, where there is a remote and one is wished for."""
        self._wait(FIRST)

    def ended(self) -> None:
        """Takes note of how a sync ended, whoever began it, and waits for the next."""
        from modelops_tui.ports import VaultLocked

        failure = self._work.failure
        if failure is None:
            self.failures = 0
        elif not isinstance(failure, VaultLocked):
            # Looking whether the vault is open costs nothing and asks nobody.
            self.failures += 1
        self._wait(delay_after(self.times.minutes, self.failures) * MINUTE)

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.times.minutes and self._work.standing is not None:
            self._timer = self._app.set_timer(seconds, self._due)

    def _due(self) -> None:
        # A sync that is under way waits for the next one when it ends.
        self._work.start()


def delay_after(minutes: int, failures: int) -> int:
    """The minutes to wait when so many syncs failed one after the other: twice as many each time, up to an hour."""
    return min(minutes << min(failures, 12), max(minutes, SLOWEST))
