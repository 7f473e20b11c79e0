"""An ODTP database seen as a whole: which documents it has, who owns what, and in which order. It changes nothing.

ODTP keeps many references twice, forward and in arrays of the owner; where one is missing the other is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from modelops_tui.services.exchange.taking import Original
from modelops_tui.services.exchange.values import derived_id, in_order, own_id, pointed

SYSTEM: Final = "odtp"
COLLECTIONS: Final = {
    "user": "users",
    "component": "components",
    "component-version": "versions",
    "workflow": "workflows",
    "digital-twin": "digitalTwins",
    "execution": "executions",
    "step": "steps",
    "output": "outputs",
    "log": "logs",
    "result": "results",
}
KINDS: Final = {collection: kind for kind, collection in COLLECTIONS.items()}
# The array of an owner, the collection it lists, and the field there that should point back.
ARRAYS: Final = {
    "users": ("digitalTwins", "digitalTwins", "userRef"),
    "components": ("versions", "versions", "componentId"),
    "digitalTwins": ("executions", "executions", "digitalTwinRef"),
    "executions": ("steps", "steps", "executionRef"),
}
_OTHER_NAMES: Final = {
    "userRef": ("user_id", "user"),
    "componentId": (),
    "digitalTwinRef": ("dt_id",),
    "executionRef": ("execution_id",),
    "stepRef": ("step_id",),
}
Database = Mapping[str, Sequence[Mapping[str, Any]]]


def listed(value: Any) -> list[Any]:
    """The items of an array; nothing where there is none."""
    return value if isinstance(value, list) else []


def versions_of(raw: Mapping[str, Any]) -> list[str]:
    """The component versions that a workflow or the schema of an execution names, in order."""
    schema = raw.get("workflowSchema")
    names = raw.get("versions") or (schema.get("component_versions") if isinstance(schema, Mapping) else None)
    return [text for text in (pointed(item) for item in listed(names)) if text]


def made_id(versions: list[str]) -> str:
    """The id of the workflow that stands for executions of these versions which name none that is there."""
    return derived_id(SYSTEM, "workflows", " ".join(versions))


class OdtpDatabase:
    """The originals of a database, with the parent of each where only its owner's array tells it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.owners: dict[tuple[str, str], Any] = {}
        self.places: dict[str, int] = {}
        for collection, (array, of, field) in ARRAYS.items():
            for raw in database.get(collection, ()):
                for place, item in enumerate(listed(raw.get(array))):
                    child = pointed(item)
                    if child:
                        self.owners.setdefault((f"{of}.{field}", child), raw.get("_id"))
                        if of == "steps":
                            self.places.setdefault(child, place)
        for raw in database.get("steps", ()):
            child = pointed(raw.get("output"))
            if child:
                self.owners.setdefault(("outputs.stepRef", child), raw.get("_id"))
        self.steps: dict[str, list[Mapping[str, Any]]] = {}
        for raw in sorted(database.get("steps", ()), key=self.place):
            self.steps.setdefault(str(self._execution_of(raw)), []).append(raw)

    def originals(self) -> Iterator[Original]:
        """Every document, parents first, and a workflow for each execution that names none that is there."""
        for kind, collection in COLLECTIONS.items():
            if kind == "workflow":
                yield from self._missing_workflows()
            for raw in in_order(self.database.get(collection, ())):
                key = pointed(raw.get("_id")) or repr(raw.get("_id"))
                original = Original(collection, key, kind, own_id(SYSTEM, collection, raw.get("_id")), raw)
                original.raw = self._filled(original)
                original.context = self._context(original)
                yield original

    def _context(self, original: Original) -> dict[str, Any]:
        """What an execution or a step must know of its neighbours."""
        if original.collection == "executions":
            versions = self.versions_run(original.raw)
            return {"versions": versions, "made": made_id(versions)}
        if original.collection != "steps":
            return {}
        siblings = self.steps.get(str(self._execution_of(original.raw)), [])
        named = [(step.get("_id"), pointed(step.get("component_version")) or "") for step in siblings]
        return {"siblings": [(own_id(SYSTEM, "steps", id), version) for id, version in named]}

    def _filled(self, original: Original) -> Mapping[str, Any]:
        """The document with the parent that other names or its owner's array tell."""
        raw = dict(original.raw)
        if original.collection == "versions":
            return self._version(raw, original.key)
        for field in _OTHER_NAMES:
            owner = self._owner(original.collection, field, raw)
            if owner is not None:
                raw[field] = owner
        return raw

    def _owner(self, collection: str, field: str, raw: Mapping[str, Any]) -> Any:
        """What a document belongs to: by the field itself, by its other names, else by the array of the owner."""
        told = (raw.get(name) for name in (field, *_OTHER_NAMES[field]))
        value = next((item for item in told if pointed(item)), None)
        return value if value is not None else self.owners.get((f"{collection}.{field}", str(pointed(raw.get("_id")))))

    def _version(self, raw: dict[str, Any], key: str) -> dict[str, Any]:
        """A version with its component's id, which stands in one of three places, and its tag."""
        inner = raw.get("component") or raw.get("Component")
        inner = inner if isinstance(inner, Mapping) else {}
        named = (inner.get(name) for name in ("componentId", "ComponentId"))
        places = [
            raw.get("componentId"),
            raw.get("ComponentId"),
            *named,
            self.owners.get(("versions.componentId", key)),
        ]
        owner = next((item for item in places if pointed(item)), None)
        if owner is not None:
            raw["componentId"] = owner
        raw["component"] = {
            name: item
            for name, item in inner.items()
            if name not in ("componentId", "ComponentId", "componentName", "repoLink", "type")
        }
        return raw

    def _missing_workflows(self) -> Iterator[Original]:
        there = {pointed(raw.get("_id")) for raw in self.database.get("workflows", ())}
        made: set[str] = set()
        for raw in in_order(self.database.get("executions", ())):
            versions = self.versions_run(raw)
            if pointed(raw.get("workflow_id")) in there or not versions:
                continue
            id = made_id(versions)
            if id not in made:
                made.add(id)
                values = {"versions": versions, "created_at": raw.get("createdAt"), "updated_at": raw.get("createdAt")}
                yield Original("workflows", id, "workflow", id, values, {"made": True})

    def versions_run(self, raw: Mapping[str, Any]) -> list[str]:
        """The component versions of an execution: of its schema, else of its steps."""
        versions = versions_of(raw)
        if versions:
            return versions
        steps = self.steps.get(str(pointed(raw.get("_id"))), [])
        return [text for text in (pointed(step.get("component_version")) for step in steps) if text]

    def _execution_of(self, step: Mapping[str, Any]) -> str | None:
        return pointed(self._owner("steps", "executionRef", step))

    def place(self, step: Mapping[str, Any]) -> tuple[int, str]:
        """Where a step stands in its execution; those that no array lists come last, in the order of their ids."""
        key = pointed(step.get("_id")) or ""
        return (self.places.get(key, 1 << 30), key)

    def dangling(self) -> Iterator[tuple[str, str, str]]:
        """What arrays list that is not there, as (collection, id of the owner, sentence)."""
        for collection, (array, of, _) in ARRAYS.items():
            there = {pointed(raw.get("_id")) for raw in self.database.get(of, ())}
            for raw in self.database.get(collection, ()):
                for item in listed(raw.get(array)):
                    if pointed(item) not in there:
                        says = f"{array} lists a {KINDS[of]} that is not there: {pointed(item)}."
                        yield collection, str(pointed(raw.get("_id"))), says
