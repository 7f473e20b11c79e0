"""The reference of kinds and commands as Markdown, printed from the declarations. It reads no registry."""

from __future__ import annotations

from collections.abc import Iterator

from modelops_tui.cli.vocabulary import GROUPS, WORDS, verbs_of
from modelops_tui.entities.field import Auto, Field, FieldType
from modelops_tui.entities.graph import reference_types
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import AREAS
from modelops_tui.entities.structures import Items, Rule, Snapshot

_RULES = {
    Rule.CASCADE: "goes with the {kind}",
    Rule.RESTRICT: "keeps the {kind} from being removed",
    Rule.NULLIFY: "forgets a removed {kind}",
    Rule.KEEP: "keeps the id of the {kind}",
}


def reference_page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Kinds and commands"
    yield ""
    for area, kinds in AREAS.items():
        yield f"## {area.capitalize()}"
        yield ""
        for kind in kinds:
            yield from _kind_lines(kind)
    yield "## Other words"
    yield ""
    yield "| word | what it does |"
    yield "|---|---|"
    for name, place in WORDS.items():
        yield f"| `{name}` | {place.says} |"
    for group, words in GROUPS.items():
        for name, place in words.items():
            yield f"| `{group} {name}` | {place.says} |"


def _kind_lines(kind: Kind) -> Iterator[str]:
    from modelops_tui.cli.words.kinds import key_form

    yield f"### {kind.name}"
    yield ""
    key = key_form(kind)
    facts = [kind.says]
    facts.append(f"Key `{key}`." if key else "Called by id.")
    if kind.shorts:
        facts.append(f"Also called {', '.join(f'`{short}`' for short in kind.shorts)}.")
    yield " ".join(facts)
    yield ""
    yield "| field | type | default | rule | what it is |"
    yield "|---|---|---|---|---|"
    for item in kind.fields:
        mark = " **!**" if item.required else ""
        cells = [f"`{item.name}`{mark}", item.type.describe(), default_text(item), rules_text(item), item.says]
        yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"
    for computed in kind.computed:
        cells = [f"`{computed.name}`", computed.type.describe(), "", "worked out", computed.says]
        yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"
    yield ""
    yield "Verbs: " + ", ".join(f"`{verb}`" for verb in verbs_of(kind)) + "."
    yield ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def default_text(item: Field) -> str:
    """The default of a field as people read it, empty where there is none."""
    if isinstance(item.default, Auto):
        return item.default.value
    if item.default is None or item.default in ([], {}):
        return ""
    if isinstance(item.default, bool):
        return "true" if item.default else "false"
    if isinstance(item.default, dict):
        return ", ".join(f"{name}: {value}" for name, value in item.default.items())
    return str(item.default)


def rules_text(item: Field) -> str:
    """What binds a field: who sets it, whether it may change, and what happens when what it points at goes."""
    rules = []
    for reference in dict.fromkeys(reference_types(item.type)):
        text = _RULES[reference.on_removal].format(kind=reference.kind)
        if reference.restrict_while is not None:
            text += f", which cannot go {reference.while_says}"
        if reference.restrict_last:
            text += ", but keeps the last"
        rules.append(text)
    if _holds_copy(item.type):
        rules.append("a frozen copy")
    if item.fixed:
        rules.append("never changes")
    if item.set_by:
        rules.append(f"set by {item.set_by}")
    if item.local:
        rules.append("stays on this machine")
    return "; ".join(rules)


def _holds_copy(type_: FieldType) -> bool:
    return isinstance(type_, Snapshot) or (isinstance(type_, Items) and _holds_copy(type_.of))
