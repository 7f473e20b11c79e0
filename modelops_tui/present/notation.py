"""Documents as JSON, JSON Lines, YAML or CSV, and back. It never guesses at damaged text, never runs what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from modelops_tui.errors import Invalid

FORMS = ("json", "jsonl", "yaml", "csv")
DEEPEST = 64
MOST_NODES = 1_000_000

Form = Mapping[str, Any]


def dump(documents: Form | Sequence[Form], form: str) -> str:
    """One document or a list of them in `form` (`json`, `jsonl`, `yaml` or `csv`), ending in a line break."""
    if form == "json":
        return orjson.dumps(documents, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    several = [documents] if isinstance(documents, Mapping) else documents
    if form == "jsonl":
        lines = (orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in several)
        return b"".join(lines).decode()
    if form == "csv":
        return _csv(several)
    return dump_yaml(documents)


def dump_yaml(value: Any) -> str:
    """A JSON value as YAML, in the order it has."""
    import yaml

    from modelops_tui.present.yaml_in import meaning

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Unshared(dumper):  # type: ignore[misc, valid-type]
        def ignore_aliases(self, _data: Any) -> bool:
            """Anchors save a few letters and puzzle everybody."""
            return True

    def text_node(writer: Any, text: str) -> Any:
        # The writer knows other numbers than the reader: 1e5 is text to one and a number to the other.
        style = "'" if meaning(text) is not text else "|" if "\n" in text else None
        return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Unshared.add_representer(str, text_node)
    text: str = yaml.dump(value, Dumper=Unshared, sort_keys=False, allow_unicode=True, width=100)
    return text


def _csv(documents: Sequence[Form]) -> str:
    import csv
    import io

    names = list(dict.fromkeys(name for item in documents for name in item))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_value(item.get(name)) for name in names] for item in documents)
    return out.getvalue()


def _csv_value(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"kind", "id", "key"}:
        return value["key"] or value["id"]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return "" if value is None else value


def read_documents(text: str, name: str) -> list[tuple[int, dict[str, Any]]]:
    """The documents written in `text`, each with the line where it begins.

    `name` is the file's: its ending tells JSON, JSON Lines or YAML; where it tells nothing, the text does.
    Raises Invalid with the line of the first mistake, also for a name that is there twice.
    """
    text = text.removeprefix("\ufeff")
    ending = name.rpartition(".")[2].lower()
    looks_like_json = text.lstrip()[:1] in ("{", "[")
    if ending in ("json", "jsonl", "ndjson") or (ending not in ("yaml", "yml") and looks_like_json):
        from modelops_tui.present.json_in import read_values
    else:
        from modelops_tui.present.yaml_in import read_values
    documents: list[tuple[int, dict[str, Any]]] = []
    for line, value in read_values(text, name):
        if not isinstance(value, dict):
            raise Invalid(f"{name}, line {line}: a document is a map of names and values.")
        documents.append((line, value))
    return documents


def check_size(value: Any, name: str, line: int) -> None:
    """Raises Invalid for a value that is nested too deeply or holds too many parts."""
    level: list[Any] = [value]
    nodes = 0
    for _ in range(DEEPEST):
        nodes += len(level)
        if nodes > MOST_NODES:
            raise Invalid(f"{name}, line {line}: the document holds more than {MOST_NODES:,} values.")
        level = [part for item in level for part in _parts(item)]
        if not level:
            return
    raise Invalid(f"{name}, line {line}: the document is nested more than {DEEPEST} levels deep.")


def _parts(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
