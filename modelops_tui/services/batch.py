"""Documents that come in together and name each other, seen as if they were stored already. It writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import reference_types
from modelops_tui.entities.keys import Finder
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import KINDS
from modelops_tui.entities.structures import Snapshot
from modelops_tui.errors import Problem


@cache
def parents_first() -> dict[str, int]:
    """The place of each kind in an order in which what a kind points at comes before it.

    What its key needs and what it must have always comes before; other pointers only where no circle comes of it.
    """
    before: dict[str, set[str]] = {kind.name: set() for kind in KINDS}
    before["artifact-revision"].add("artifact")
    needed = [(kind.name, other) for kind in KINDS for other in _targets(kind, needed=True)]
    wished = [(kind.name, other) for kind in KINDS for other in _targets(kind, needed=False)]
    for kind, other in needed + wished:
        if kind != other and not _leads_to(other, kind, before):
            before[kind].add(other)
    return {name: place for place, name in enumerate(TopologicalSorter(before).static_order())}


def _targets(kind: Kind, *, needed: bool) -> Iterator[str]:
    for item in kind.fields:
        if item.required is needed:
            yield from (ref.kind for ref in reference_types(item.type))
            for type_ in (item.type, getattr(item.type, "of", None)):
                if isinstance(type_, Snapshot):
                    yield type_.kind


def _leads_to(start: str, end: str, before: dict[str, set[str]]) -> bool:
    return start == end or any(_leads_to(other, end, before) for other in before[start])


class BatchNames:
    """A finder over the documents of a batch and, behind them, over those that exist."""

    def __init__(self, names: Finder, batch: list[tuple[Kind, str, dict[str, Any]]]) -> None:
        self.names = names
        places = parents_first() if len(batch) > 1 else {}
        self.batch = sorted(batch, key=lambda entry: places.get(entry[0].name, 0)) if places else batch
        self._coming = {(kind.name, id) for kind, id, _ in batch}
        self._documents: dict[str, dict[str, Document]] = {}
        self._terms: dict[tuple[str, str], list[str]] = {}

    def settle(self, kind: Kind, id: str, fields: Mapping[str, Any]) -> None:
        """Takes in a document of the batch whose values are in their stored form."""
        document = {"id": id, **fields}
        self._documents.setdefault(kind.name, {})[id] = document
        for term in kind.terms(document):
            self._terms.setdefault((kind.name, term), []).append(id)

    def get(self, kind: str, id: str) -> Document | None:
        """The document with this id; of one of the batch that is not settled yet, only the id."""
        own = self._documents.get(kind, {}).get(id)
        if own is None and (kind, id) in self._coming:
            return {"id": id}
        return own if own is not None else self.names.get(kind, id)

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term."""
        own = [self._documents[kind][id] for id in self._terms.get((kind, term), [])]
        taken = {document["id"] for document in own}
        return own + [item for item in self.names.find(kind, term) if item["id"] not in taken]

    def prefixed(self, kind: str, prefix: str) -> list[Document]:
        """The documents whose id begins with `prefix`."""
        own = [item for id, item in self._documents.get(kind, {}).items() if id.startswith(prefix)]
        return own + self.names.prefixed(kind, prefix)

    def all_of(self, kind: str, most: int) -> list[Document]:
        """Up to `most` documents of `kind`, those of the batch first; for near-miss hints."""
        behind = getattr(self.names, "all_of", None)
        return list(self._documents.get(kind, {}).values()) + (behind(kind, most) if behind is not None else [])


Cleaned = tuple[Kind, str, Document]


def placed(path: str, number: int, total: int) -> str:
    """Where a problem is: among several documents the number of its own comes first, counted from 1."""
    return f"document {number}, {path}" if total > 1 else path


def unique_problems(
    names: Finder, cleaned: Iterable[Cleaned], numbers: Mapping[str, int], total: int = 1
) -> list[Problem]:
    """A problem for each unique value that is taken already, by a document that is there or by one before it.

    `names` finds those of the batch too, and `numbers` tells the place of each, by its id, among the `total`.
    """
    problems = []
    for kind, id, fields in cleaned:
        for rule in kind.unique:
            mark = rule.mark(fields)
            others = [other["id"] for other in names.find(kind.name, mark)] if mark else []
            number = numbers.get(id, 0)
            path = placed(rule.fields[-1], number, total)
            if any(other != id and other not in numbers for other in others):
                problems.append(Problem(path, "is taken: there is one already."))
            elif any(numbers.get(other, number) < number for other in others):
                problems.append(Problem(path, "is taken by a document before it."))
    return problems


def wrong_of(problems: Iterable[Problem], total: int) -> str:
    """How many of several documents have problems: `2 of 7 documents`."""
    wrong = {problem.path.partition(",")[0] for problem in problems}
    return f"{len(wrong)} of {total} documents"
