"""`kinds`: the kinds with their counts, or the fields of one. What it tells comes from the declarations alone."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.output import form_of, write_report, write_rows, write_value
from modelops_tui.cli.parameters import argument, complete_words, flag, output_options
from modelops_tui.cli.reference import default_text, reference_page, rules_text
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.vocabulary import verbs_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_CALL, kind_named


def kinds_command() -> Verb:
    """`kinds`."""
    return Verb(
        "kinds",
        "Show the kinds with how many documents each has, or the fields of one.",
        _kinds,
        [
            argument(
                "name",
                "KIND",
                "Describe this kind.",
                required=False,
                complete=complete_words(tuple(BY_CALL)),
            ),
            flag("--markdown", says="Print the reference of all kinds and commands as Markdown."),
            *output_options(),
        ],
    )


def _kinds(session: Session, name: str | None, markdown: bool, output: str | None, as_json: bool) -> None:
    form = form_of(output, as_json)
    if markdown:
        session.write(reference_page())
    elif name is not None:
        _describe(session, kind_named(name), form)
    else:
        _overview(session, form)


def _overview(session: Session, form: str) -> None:
    from modelops_tui.services.status import kind_counts

    rows: list[dict[str, Any]] = [
        {
            "kind": kind.name,
            "area": area,
            "shorts": list(kind.shorts),
            "count": count,
            "says": kind.says,
            "key": key_form(kind),
            "verbs": list(verbs_of(kind)),
        }
        for area, kind, count in kind_counts(session.home)
    ]
    if form in ("", "table", "wide"):
        texts = [[row["area"], row["kind"], ", ".join(row["shorts"]), str(row["count"]), row["says"]] for row in rows]
        write_rows(session, ["area", "kind", "short", "count", "what it is"], texts, right=["count"])
    else:
        write_report(session, ["kind"], rows, form)


def key_form(kind: Kind) -> str | None:
    """How keys of the kind are written, such as `project:name`; None for kinds without keys."""
    if kind.name == "artifact":
        return "project/path"
    if kind.name == "artifact-revision":
        return "project/path@number"
    return kind.key_sign.join(kind.key) or None


def _describe(session: Session, kind: Kind, form: str) -> None:
    rows = [
        {
            "field": item.name,
            "type": item.type.describe(),
            "required": item.required,
            "default": default_text(item),
            "rule": rules_text(item),
            "says": item.says,
        }
        for item in kind.fields
    ]
    rows += [
        {
            "field": item.name,
            "type": item.type.describe(),
            "required": False,
            "default": "",
            "rule": "worked out",
            "says": item.says,
        }
        for item in kind.computed
    ]
    if form in ("", "table", "wide"):
        shorts = f" ({', '.join(kind.shorts)})" if kind.shorts else ""
        key = key_form(kind)
        session.say(f"{kind.name}{shorts}: {kind.says}")
        session.say(f"Key: {key}." if key else "It has no key and is called by its id.")
        session.say(f"Verbs: {', '.join(verbs_of(kind))}.")
        texts = [
            [
                str(row["field"]) + (" !" if row["required"] else ""),
                str(row["type"]),
                str(row["default"]),
                str(row["rule"]),
                str(row["says"]),
            ]
            for row in rows
        ]
        write_rows(session, ["field", "type", "default", "rule", "what it is"], texts)
    elif form in ("json", "yaml"):
        about: dict[str, Any] = {"kind": kind.name, "area": kind.area, "shorts": list(kind.shorts)}
        about |= {"says": kind.says, "key": key_form(kind), "verbs": list(verbs_of(kind))}
        write_value(session, about | {"fields": rows}, form)
    else:
        write_report(session, ["field"], rows, form)
