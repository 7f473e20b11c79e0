"""The plan of an import: what would be taken, what is there already, what cannot be taken and why.

It reads the registry and never writes; every document of the plan was checked as `load` checks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from modelops_tui.entities.field import Document, clean_fields
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import Slug
from modelops_tui.errors import Problem, Refused
from modelops_tui.services.batch import BatchNames
from modelops_tui.services.exchange.comparing import differences
from modelops_tui.services.exchange.report import Line, Report
from modelops_tui.services.exchange.taking import Original, Resolve, Taking
from modelops_tui.services.exchange.values import EPOCH, told_apart
from modelops_tui.services.home import Home
from modelops_tui.services.intake import Intake
from modelops_tui.store.door import check_document

TAKEN = "is taken: there is one already."


class Import(Protocol):
    """A database of one of the systems on its way in."""

    system: str
    originals: list[Original]
    notes: list[Line]

    def take(self, taking: Taking) -> None:
        """Reads one document. Raises Refused."""

    def same_as(self, original: Original, find: Resolve, names: Reader) -> str | None:
        """The id of the document here that the original is, although its own id is not here."""

    def mark(self, original: Original, find: Resolve) -> str | None:
        """What no two originals may share, None for no such thing."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: its report, and the new documents as `load` takes them, parents first."""

    report: Report
    documents: tuple[Document, ...]


class Identities:
    """Which id here each original has, and which of them are not taken."""

    def __init__(self, home: Home, coming: Import) -> None:
        self.me = str(home.user["id"])
        self.names = home.names
        self.refused: dict[int, str] = {}
        self.taken: dict[str, Document] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._gone: set[str] = set()
        self._identify(coming)

    def _identify(self, coming: Import) -> None:
        claimed = {item.id for item in coming.originals if self.names.get(item.kind, item.id) is not None}
        marks: dict[str, str] = {}
        for number, item in enumerate(coming.originals):
            if (item.kind, item.key) in self._ids:
                self.refused[number] = "it is there twice."
                continue
            if item.id not in claimed:
                same = coming.same_as(item, self.find, self.names)
                item.id = same if same is not None and same not in claimed else item.id
            mark = coming.mark(item, self.find)
            first = marks.setdefault(mark, item.id) if mark else item.id
            if first != item.id:
                self.refused[number] = f"it is the same as {first}, which is taken; what belongs to it goes there."
            self._ids[item.kind, item.key] = first
            claimed.add(item.id)

    def refuse(self, number: int, original: Original, says: str) -> None:
        """Leaves an original out; what points at it finds nothing any more, unless it is here already."""
        self.refused[number] = says
        if self.names.get(original.kind, original.id) is None:
            self._gone.add(original.id)

    def find(self, kind: str, key: str) -> str | None:
        """The id here of what has this id or key there."""
        id = self._ids.get((kind, key))
        if id is None:
            id = key if self.names.get(kind, key) is not None else None
        return None if id in self._gone else id

    def look(self, kind: str, id: str) -> Document:
        """The document with this id, taken before or here already."""
        return self.taken.get(id) or self.names.get(kind, id) or {}

    def alive(self, id: str) -> bool:
        """Whether the document is not refused."""
        return id not in self._gone


def plan(home: Home, coming: Import) -> ImportPlan:
    """Works out what an import does. Raises NotPermitted for who may not load whole documents."""
    for kind in {BY_NAME[item.kind].name: BY_NAME[item.kind] for item in coming.originals}.values():
        home.demand("admin", kind)
    identities = Identities(home, coming)
    while True:
        before = len(identities.refused)
        attempt = _Round(home, coming, identities)
        # What pointed at a document that was just refused must be read again.
        if len(identities.refused) == before:
            break
    return attempt.plan()


class _Round:
    """One reading of all originals that are not refused yet."""

    def __init__(self, home: Home, coming: Import, identities: Identities) -> None:
        self.home = home
        self.coming = coming
        self.identities = identities
        self.takings: dict[str, Taking] = {}
        self.numbers: dict[str, int] = {}
        self.read: list[tuple[Kind, Document]] = []
        self._translate()
        fresh = [(kind, item["id"], item) for kind, item in self.read if not self._is_here(kind, item)]
        self.names = BatchNames(home.names, fresh)
        self.new = list(self._cleaned((kind, id) for kind, id, _ in self.names.batch))
        self.here = list(self._cleaned((kind, item["id"]) for kind, item in self.read if self._is_here(kind, item)))

    def _cleaned(self, entries: Iterable[tuple[Kind, str]]) -> Iterator[tuple[Kind, Document]]:
        for kind, id in entries:
            document = self._clean(kind, id)
            if document is not None:
                yield kind, document

    def _is_here(self, kind: Kind, document: Document) -> bool:
        return self.home.names.get(kind.name, document["id"]) is not None

    def _translate(self) -> None:
        self.identities.taken.clear()
        for number, original in enumerate(self.coming.originals):
            if number in self.identities.refused:
                continue
            taking = Taking(original, self.identities)
            try:
                self.coming.take(taking)
            except Refused as refused:
                self.identities.refuse(number, original, refused.says)
                continue
            document = taking.finish(self.coming.system)
            self.takings[original.id], self.numbers[original.id] = taking, number
            self.identities.taken[original.id] = document
            self.read.append((BY_NAME[original.kind], document))

    def _clean(self, kind: Kind, id: str) -> Document | None:
        """The document in its stored form; optional fields that do not fit are moved into its origin."""
        taking = self.takings[id]
        here = self.home.names.get(kind.name, id)
        while True:
            door = Intake(self.names, EPOCH, importing=True)
            fields = clean_fields(kind.fields, taking.fields_of(kind), "", door)
            problems = list(door.problems) or list(self._problems(kind, id, fields, here))
            if not problems:
                break
            name = problems[0].path.partition(".")[0].partition("[")[0]
            required = name in kind.by_name and kind.by_name[name].required
            if required and problems[0].says == TAKEN and self._rename(kind, id, taking):
                continue
            if required or not taking.drop(name, problems[0].says):
                says = f"{problems[0].path or kind.name} {problems[0].says}"
                self.identities.refuse(self.numbers[id], taking.original, says)
                return None
        if here is None:
            self.names.settle(kind, id, fields)
        return {**taking.finish(self.coming.system), **fields}

    def _problems(self, kind: Kind, id: str, fields: Document, here: Document | None) -> Iterator[Problem]:
        document = {"id": id, **fields}
        for rule in kind.checks:
            yield from rule(None, document, self.names)
        yield from check_document(kind.name, {**self.takings[id].finish(self.coming.system), **document})
        if here is not None:
            return
        for unique in kind.unique:
            mark = unique.mark(fields)
            if mark and any(other["id"] != id for other in self.names.find(kind.name, mark)):
                yield Problem(unique.fields[-1], TAKEN)

    def _rename(self, kind: Kind, id: str, taking: Taking) -> bool:
        """Tells a document apart from its namesake; False where its kind has no name that may change for it."""
        if kind.name_field not in ("name", "title"):
            return False
        slug = isinstance(kind.by_name[kind.name_field].type, Slug)
        name = taking.fields[kind.name_field]
        other = told_apart(name, id, slug=slug)
        if other == name or name in taking.renamed:
            return False
        taking.renamed.add(other)
        source = taking.sources.get(kind.name_field)
        if source:
            taking.kept.setdefault(source, name)
        taking.fields[kind.name_field] = other
        taking.note(f"the name {name} is taken; it is called {other}.")
        return True

    def plan(self) -> ImportPlan:
        """The plan, once nothing more is refused."""
        report = Report(self.coming.system)
        for number, says in sorted(self.identities.refused.items()):
            original = self.coming.originals[number]
            report.refused.append(Line(original.collection, original.key, says))
        for kind, document in self.new:
            self._tell(report, kind, document)
        for kind, document in self.here:
            self._compare(report, kind, document)
        report.notes += self.coming.notes if report.taken else []
        return ImportPlan(report, tuple(document for _, document in self.new))

    def _tell(self, report: Report, kind: Kind, document: Document) -> None:
        taking = self.takings[document["id"]]
        where = (taking.original.collection, taking.original.key)
        report.taken.append(Line(*where, f"{kind.name} {label_of(kind, document, self.names)}"))
        if taking.kept:
            report.kept.append(Line(*where, ", ".join(taking.kept)))
        report.notes += [Line(*where, says) for says in dict.fromkeys(taking.notes)]

    def _compare(self, report: Report, kind: Kind, document: Document) -> None:
        original = self.takings[document["id"]].original
        there = self.home.names.get(kind.name, document["id"]) or {}
        names = differences(self.coming.system, kind.name, there, document, self.names)
        label = f"{kind.name} {label_of(kind, there, self.names)}"
        if names:
            says = f"{label} is here already and differs in {', '.join(names)}; it stays as it is."
            report.refused.append(Line(original.collection, original.key, says))
        else:
            report.unchanged.append(Line(original.collection, original.key, label))
