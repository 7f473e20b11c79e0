"""What is known of every value that anybody wrote, and whether each commit of the log is right by it."""

from __future__ import annotations

from collections.abc import Callable

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import KEEP, Reference
from modelops_tui.ports_remote import Remote
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.commits import FOUNDATION, check_chain, check_content, unpack

TOKEN_FIELD = "desc"


class Witness:
    """Sees every value when it is written, and every commit. Each value is a token that knows what it was made from."""

    def __init__(self) -> None:
        self.tokens = 0
        self.parents: dict[str, set[str | None]] = {}
        self.chosen_back: set[Key] = set()
        self.checked: tuple[int, str] = (0, FOUNDATION)
        self.head: dict[Key, Document | None] = {}
        self.ever: dict[Key, set[str | None]] = {}

    def token(self, *parents: str | None) -> str:
        self.tokens += 1
        name = f"token-{self.tokens}"
        self.parents[name] = set(parents)
        return name

    def check_log_of(self, remote: Remote) -> None:
        """Every commit that is new: chained, seen by its author, and leaving the remote whole."""
        after, prev = self.checked
        while entries := remote.read_log(after + 1, 100):
            check_chain(after, prev, [entry.head for entry in entries])
            for entry in entries:
                check_content(entry)
                for key, body in unpack(entry):
                    self._check_step(key, self.head.get(key), body)
                    self.head[key] = body
                    self.ever.setdefault(key, set()).add((body or {}).get(TOKEN_FIELD))
                whole(self.head.get, {key: body for key, body in self.head.items() if body is not None})
            after, prev = entries[-1].head.n, entries[-1].head.hash
        self.checked = (after, prev)

    def _check_step(self, key: Key, old: Document | None, new: Document | None) -> None:
        if new is None:
            return
        if key in self.head and old is None:
            assert key in self.chosen_back, f"{key} is back without a choice"
            return
        was, now = (old or {}).get(TOKEN_FIELD), new.get(TOKEN_FIELD)
        if was is not None and was != now:
            assert now is not None and self.descends(str(now), str(was)), (
                f"{key}: {was} was overwritten by {now} unseen"
            )

    def descends(self, token: str, ancestor: str) -> bool:
        seen, queue = set(), [token]
        while queue:
            one = queue.pop()
            if one == ancestor:
                return True
            if one not in seen and one is not None:
                seen.add(one)
                queue.extend(item for item in self.parents.get(one, ()) if item is not None)
                queue.extend(one.split("\n") if "\n" in one else ())
        return False


def whole(get: Callable[[Key], Document | None], documents: dict[Key, Document]) -> None:
    """Every reference points at something, and no unique value is there twice."""
    marks: dict[tuple[str, str], Key] = {}
    for key, document in documents.items():
        kind: Kind = BY_NAME[key[0]]
        for place in kind.references(document):
            assert isinstance(place.type, Reference)
            if place.type.on_removal is not KEEP:
                target = (place.type.kind, str(place.value))
                assert get(target) is not None, f"{key} points at {target}, which is not there"
        for rule in kind.unique:
            mark = rule.mark(document)
            if mark is not None:
                other = marks.setdefault((key[0], mark), key)
                assert other == key, f"{key} and {other} have the same {rule.fields}"
