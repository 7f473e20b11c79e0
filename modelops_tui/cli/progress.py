"""How far long work is, on one line of the terminal's standard error. It is silent where there is no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from modelops_tui.cli.session import terminal_width
from modelops_tui.present.terminal import visible
from modelops_tui.services.news import News, Progress, Tell, nobody

BAR = 20
EVERY_SECONDS = 0.1
# What is done sooner needs no telling.
FIRST_AFTER_SECONDS = 0.3


@contextmanager
def telling() -> Iterator[Tell]:
    """Hears news of the work that the block does, and takes its line away at the end."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield nobody
        return
    line = _Line()
    try:
        yield line.hear
    finally:
        line.clear()


class _Line:
    """The line: the step under way and how far it is, drawn a few times a second."""

    def __init__(self) -> None:
        self.step = ""
        self.far = ""
        self._next = monotonic() + FIRST_AFTER_SECONDS
        self._drawn = False

    def hear(self, news: News) -> None:
        """Takes in a piece of news."""
        if isinstance(news, Progress):
            self.far = _far(news)
        else:
            # Steps of the same kind, such as one commit after another, go on with the same count.
            if news.says.partition(" ")[0] != self.step.partition(" ")[0]:
                self.far = ""
            self.step = visible(news.says)
        text = f"{self.far}  {self.step}".strip()
        now = monotonic()
        if now >= self._next:
            self._next = now + EVERY_SECONDS
            self._draw(text)

    def _draw(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text[: terminal_width() - 1]}")
        sys.stderr.flush()
        self._drawn = True

    def clear(self) -> None:
        """Takes the line away."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _far(news: Progress) -> str:
    if not news.total:
        return f"{news.done:,} {news.unit}"
    full = min(BAR, BAR * news.done // news.total)
    return f"{'▇' * full}{'░' * (BAR - full)} {news.done:,} of {news.total:,} {news.unit}"
