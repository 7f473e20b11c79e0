"""The raw maps of odtp.yml files as ODTP stores them, and as fields here. They never fill in what a file does not say.

A list that cannot be written back as it was is kept whole in the origin and comes back while it still says the same.
"""

# ruff: noqa: ARG002 – every form is asked in the same way, whatever of it one needs

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from modelops_tui.entities.field import Document
from modelops_tui.services.exchange.forms import ABSENT, Form, without_absent
from modelops_tui.services.exchange.values import is_empty, plain, typed

if TYPE_CHECKING:
    from modelops_tui.services.exchange.giving import Giving
    from modelops_tui.services.exchange.taking import Taking

TEXT_FIELDS: Final = frozenset(
    ("name", "datatype", "description", "type", "path", "naming_schema", "version", "license", "author")
)
PARAMETERS: Final = {
    "name": "name",
    "datatype": "datatype",
    "default": "default-value",
    "description": "description",
    "options": "options",
    "bounds": "parameter-bounds",
    "allow_custom": "allow-custom-value",
}
PORTS: Final = {"name": "name", "description": "description", "type": "type", "value": "port-value"}
SECRETS: Final = {"name": "name", "description": "description", "type": "type"}
DATA: Final = {
    "name": "name",
    "type": "type",
    "path": "path",
    "description": "description",
    "naming_schema": "naming-schema",
}
TOOLS: Final = {"name": "tool-name", "version": "tool-version", "license": "tool-license"}
DEVICES: Final = {"type": "type", "required": "required"}


class RawMaps(Form):
    """A list of raw maps whose names stand for ours; `alone` is the field that an item without a map means."""

    restores = True

    def __init__(self, names: Mapping[str, str], alone: str, needed: str = "") -> None:
        self.names = names
        self.alone = alone
        self.needed = needed

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The items that say what they must; the whole list is kept where not all of it can be written back."""
        items = list(_items(value, self.alone))
        taken = [item for item in (self.item(raw) for raw in items) if not self.needed or item.get(self.needed)]
        if [self.raw(item) for item in taken] != value:
            taking.keep(path, value)
        return taken

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The raw maps."""
        return [self.raw(item) for item in value]

    def item(self, raw: Any) -> Document:
        """One raw map as fields here."""
        if not isinstance(raw, Mapping):
            return {self.alone: _fitting(self.alone, raw)}
        found = {ours: _fitting(ours, raw.get(theirs)) for ours, theirs in self.names.items()}
        return {ours: value for ours, value in found.items() if value is not None}

    def raw(self, item: Mapping[str, Any]) -> Any:
        """Fields here as a raw map."""
        return {theirs: typed(item[ours]) for ours, theirs in self.names.items() if item.get(ours) is not None}


class Tools(RawMaps):
    """The tools inside a component, with their authors and repositories."""

    def item(self, raw: Any) -> Document:
        """One raw tool as fields here."""
        item = super().item(raw)
        if not isinstance(raw, Mapping):
            return item
        authors = raw.get("tool-authors") or raw.get("tool-author") or []
        people = [one.get("name") if isinstance(one, Mapping) else one for one in _listed(authors)]
        repository = raw.get("tool-repository")
        if isinstance(repository, Mapping):
            item |= without_absent({"repository": repository.get("url"), "doi": repository.get("doi")})
        elif isinstance(repository, str):
            item["repository"] = repository
        if people:
            item["author"] = ", ".join(str(one) for one in people if one)
        return {name: value for name, value in item.items() if isinstance(value, str) and value}

    def raw(self, item: Mapping[str, Any]) -> Any:
        """A tool here as a raw one."""
        raw = super().raw(item)
        if item.get("author"):
            raw["tool-authors"] = [{"name": item["author"]}]
        repository = without_absent({"url": item.get("repository"), "doi": item.get("doi")})
        return {**raw, "tool-repository": repository} if repository else raw


class BuildArguments(Form):
    """Arguments of an image's build: a map, or a list of maps or of `NAME=value`."""

    restores = True

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The arguments by their names."""
        if isinstance(value, Mapping):
            return plain(value)
        taken: Document = {}
        for item in value if isinstance(value, list) else []:
            if isinstance(item, str) and "=" in item:
                name, _, text = item.partition("=")
                taken[name.strip()] = text
            elif isinstance(item, Mapping) and "name" in item:
                taken[str(item["name"])] = plain(item.get("value", item.get("default-value")))
            elif isinstance(item, Mapping):
                taken |= plain(item)
        taking.keep(path, value)
        return taken

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The map."""
        return typed(value)


class PortMappings(Form):
    """Published ports, `host:container` as text."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The mappings that are text or numbers."""
        ports = [str(port) for port in _listed(value) if isinstance(port, str | int) and not isinstance(port, bool)]
        if ports != value:
            taking.keep(path, value)
        return ports

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The mappings."""
        return list(value)


class Metadata(Form):
    """What is known of an output: a description, tags, and anything else."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The parts that have a place."""
        if not isinstance(value, Mapping):
            return ABSENT
        taken: Document = {}
        for name, item in value.items():
            if name == "description" and isinstance(item, str):
                taken[name] = item
            elif name == "tags" and isinstance(item, list) and all(isinstance(tag, str) for tag in item):
                taken[name] = list(dict.fromkeys(" ".join(tag.split()) for tag in item if tag.strip()))
            elif name == "other_info" and not is_empty(item):
                taken[name] = plain(item)
            else:
                taking.keep(f"{path}.{name}", item)
        return {name: item for name, item in taken.items() if item not in ("", [])}

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The parts with an empty value for what is not known."""
        return {**no_metadata(), **typed(value)}


def no_metadata() -> dict[str, Any]:
    """What is written of an output of which nothing is known."""
    return {"description": "", "tags": [], "other_info": ""}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _items(value: Any, alone: str) -> Iterable[Any]:
    """The items of a list; of a map, one item for each name; of a list of one-key maps, the maps inside."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, Mapping):
                yield {alone: name, **item}
            else:
                yield {alone: name} | ({"required": item} if isinstance(item, bool) else {})
        return
    for item in _listed(value):
        if not is_empty(item):
            yield item


def _fitting(ours: str, value: Any) -> Any:
    """A raw value as the field takes it, None where it does not."""
    if ours in TEXT_FIELDS:
        fits = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value) if fits and str(value) else None
    if ours in ("allow_custom", "required"):
        return value if isinstance(value, bool) else None
    if ours in ("options", "bounds"):
        filled = isinstance(value, list) and value and all(item is not None for item in value)
        return plain(value) if filled else None
    return plain(value)


PARAMETER_MAPS: Final = RawMaps(PARAMETERS, "name", "name")
PORT_MAPS: Final = RawMaps(PORTS, "value")
SECRET_MAPS: Final = RawMaps(SECRETS, "name", "name")
DATA_MAPS: Final = RawMaps(DATA, "name", "name")
TOOL_MAPS: Final = Tools(TOOLS, "name", "name")
DEVICE_MAPS: Final = RawMaps(DEVICES, "type", "type")
