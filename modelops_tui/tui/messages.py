"""What widgets and screens tell each other. No message does anything by itself."""

from __future__ import annotations

from textual.message import Message


class StoreChanged(Message, bubble=False):
    """Documents of these kinds were written, here or by another process."""

    def __init__(self, kinds: frozenset[str]) -> None:
        super().__init__()
        self.kinds = kinds


class SyncChanged(Message, bubble=False):
    """The sync went on, began, ended, or the home stands otherwise with its remote."""


class Jump(Message):
    """Someone wants to see the document `id` of the kind named `kind`; "" is the kind alone."""

    def __init__(self, kind: str, id: str = "") -> None:
        super().__init__()
        self.kind = kind
        self.id = id
