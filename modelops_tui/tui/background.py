"""Questions to the registry asked beside the screen; answers come back as calls on the screen's own thread.

It never lets a failure of the store or of the user end in a traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Generic, Literal, TypeVar

from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.worker import get_current_worker

from modelops_tui.errors import Failure, Invalid, OutsideMissing
from modelops_tui.present.terminal import visible

Result = TypeVar("Result")
Severity = Literal["information", "warning", "error"]


def ask(
    node: DOMNode,
    question: Callable[[], Result],
    then: Callable[[Result], None],
    *,
    group: str,
    failed: Callable[[Failure], None] | None = None,
    replacing: bool = True,
) -> None:
    """Runs `question` in a thread, then calls `then` with what it gave, on `node`.

    A later question of the same `group` makes the answer of an earlier one count no more when
    `replacing`; so writes must not replace each other. A failure goes to `failed`, else is told.
    """

    def work() -> None:
        worker = get_current_worker()
        outcome = outcome_of(question, then, failed or partial(tell, node))
        if not worker.is_cancelled:
            node.call_later(lambda: outcome() if node.is_attached else None)

    node.run_worker(work, group=group, exclusive=replacing, thread=True)


def ask_outside(
    pump: MessagePump,
    question: Callable[[], Result],
    then: Callable[[Result], None],
    failed: Callable[[Failure], None],
) -> Thread:
    """Runs a `question` that may wait for a network, then calls `then` or `failed` on `pump`.

    Its thread keeps nobody from leaving the app: it is left behind where it does not end.
    """

    def work() -> None:
        try:
            outcome = outcome_of(question, then, failed)
        except Exception as fault:  # noqa: BLE001 – a fault of our own ends the app, from the app's own thread
            outcome = partial(_raise, fault)
        with suppress(RuntimeError):
            # The app may have ended meanwhile.
            pump.call_later(outcome)

    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def outcome_of(
    question: Callable[[], Result], then: Callable[[Result], None], failed: Callable[[Failure], None]
) -> Callable[[], None]:
    """Asks, and gives the call that tells what came of it."""
    try:
        return partial(then, question())
    except Failure as failure:
        return partial(failed, failure)
    except OSError as error:
        return partial(failed, OutsideMissing(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")))


def _raise(fault: Exception) -> None:
    raise fault


class Lookout(Generic[Result]):
    """A question that is asked once at a time, and once more when somebody wished for it meanwhile."""

    def __init__(
        self,
        node: DOMNode,
        question: Callable[[], Result],
        then: Callable[[Result], None],
        failed: Callable[[Failure], None],
        *,
        group: str,
    ) -> None:
        self._node = node
        self._question = question
        self._then = then
        self._failed = failed
        self._group = group
        self._asking = False
        self._again = False

    def look(self) -> None:
        """Asks, or asks again when the answer that is on its way has come."""
        if self._asking:
            self._again = True
            return
        self._asking = True
        ask(self._node, self._question, self._came, group=self._group, failed=self._came_not, replacing=False)

    def _came(self, answer: Result) -> None:
        self._asking = False
        self._then(answer)
        if self._again:
            self._again = False
            self.look()

    def _came_not(self, failure: Failure) -> None:
        self._asking = self._again = False
        self._failed(failure)


def tell(node: DOMNode, failure: Failure) -> None:
    """Shows a failure for some seconds: its sentence, its problems, its next step."""
    lines = [failure.says]
    if isinstance(failure, Invalid):
        lines += [f"{problem.path} {problem.says}" for problem in failure.problems]
    if failure.hint:
        lines.append(failure.hint)
    say(node, "\n".join(lines), severity="error")


def say(node: DOMNode, text: str, *, severity: Severity = "information") -> None:
    """Shows a sentence for some seconds, as plain text whatever it holds."""
    node.app.notify(visible(text, multiline=True), severity=severity, markup=False, timeout=6)
