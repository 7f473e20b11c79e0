"""What a transaction would do now, tried on a view apart from the store. It is always dropped, and blocks nobody."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from modelops_tui.store.identity import time_text
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction


@contextmanager
def rehearsal(store: Store, by: str, says: str, marks: Mapping[str, Any]) -> Iterator[Transaction]:
    """A transaction over what is in the store now; whoever writes meanwhile goes on, and is not seen in it.

    Raises as `Store.open` does.
    """
    with Store.open(store.home, store.schema, create=False) as apart, Rehearsal(apart, by, says, marks, None) as made:
        yield made


class Rehearsal(Transaction):
    """A transaction that takes no lock and writes nothing."""

    def __enter__(self) -> Rehearsal:
        """Begins at once, over what its store saw last."""
        self._process = os.getpid()
        self._open = True
        self.at = max(self._asked_at or time_text(), self._store.last_at)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drops everything."""
        self.close()
