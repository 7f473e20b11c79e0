"""The clipboard with a secret in it for a while. It clears only what it put there, as far as that can be known."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.timer import Timer

from modelops_tui.tui.widgets.secret_parts import Secret

CLIPBOARD_SECONDS = 45.0


class SecretClipboard:
    """Copies secrets for an app, one at a time, and clears them after CLIPBOARD_SECONDS.

    A terminal's clipboard cannot be read: what other programs copied meanwhile is not known and is cleared too.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._ours: Secret | None = None
        self._timer: Timer | None = None

    def put(self, secret: Secret) -> None:
        """Copies a secret and clears it after a while."""
        self._stop()
        self._app.copy_to_clipboard(secret.text())
        self._ours = secret
        self._timer = self._app.set_timer(CLIPBOARD_SECONDS, self.clear)

    def clear(self) -> None:
        """Clears the secret now, unless this app copied something else since."""
        self._stop()
        ours, self._ours = self._ours, None
        if ours is not None and self._app.clipboard == ours.text():
            self._app.copy_to_clipboard("")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
