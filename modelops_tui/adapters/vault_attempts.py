"""Wrong passphrases cost growing time. It keeps a number and a moment, and never what was typed."""

from __future__ import annotations

import orjson

from modelops_tui.adapters.vault_files import VaultFolder
from modelops_tui.errors import VaultFailure
from modelops_tui.ports import Clock

FREE = 3
LONGEST_DELAY = 30.0
LONGEST_QUEUE = 60.0


def delay_after(failed: int) -> float:
    """Seconds to wait before the next attempt."""
    return 0.0 if failed < FREE else min(float(2 ** min(failed - FREE, 10)), LONGEST_DELAY)


class Attempts:
    """The counter of one home, best effort: whoever can delete it could also copy the record and guess elsewhere."""

    def __init__(self, folder: VaultFolder, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def begin(self, user: str) -> None:
        """Waits its turn and counts the attempt as failed until `passed`.

        Attempts of several processes queue up behind one another. Raises VaultFailure when the queue is too long.
        """
        name = self._name(user)
        try:
            with self._folder.exclusively():
                turn = self._take_turn(name)
        except OSError:
            # A home that cannot be written to can still be read by who knows the passphrase.
            return
        self._clock.sleep(max(0.0, turn - self._clock.now()))

    def passed(self, user: str) -> None:
        """The passphrase was right: the counter begins anew."""
        self._folder.forget(self._name(user))

    def failed(self, user: str) -> int:
        """How many attempts failed since the last right one."""
        return self._read(self._name(user))[0]

    def _take_turn(self, name: str) -> float:
        failed, last = self._read(name)
        now = self._clock.now()
        # No turn lies that far ahead: the clock was set back, and that must not lock anybody out.
        last = now if last > now + LONGEST_QUEUE else last
        turn = max(now, last + delay_after(failed)) if failed else now
        if turn - now > LONGEST_QUEUE:
            raise VaultFailure(
                f"Too many wrong passphrases; the next one may be tried in {turn - now:.0f} seconds.",
                "Wait, or use the recovery text: modelops vault recover",
            )
        self._folder.note(name, orjson.dumps({"failed": failed + 1, "at": turn}))
        return turn

    def _read(self, name: str) -> tuple[int, float]:
        try:
            kept = orjson.loads(self._folder.read(name) or b"{}")
            failed, at = kept["failed"], kept["at"]
        except (VaultFailure, ValueError, KeyError, TypeError):
            return 0, 0.0
        fits = type(failed) is int and 0 <= failed < 2**31 and isinstance(at, float | int)
        return (failed, float(at)) if fits else (0, 0.0)

    @staticmethod
    def _name(user: str) -> str:
        return f"{user}.attempts"
