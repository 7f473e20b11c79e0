"""`new` and `duplicate`: documents that were not there before. Many from a file are made all together or not at all."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.field_options import FIELD, FieldVerb, field_option, values_of
from modelops_tui.cli.output import form_of, write_made
from modelops_tui.cli.parameters import argument, key_argument, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.scalars import Boolean
from modelops_tui.entities.wording import a
from modelops_tui.errors import WrongUse


def new_command(kind: Kind) -> Verb:
    """`new` for a kind, with an option for each field that a person may set."""
    from modelops_tui.services.intake import settable_fields

    fields = settable_fields(kind)
    form = f"{kind.parent_field.replace('_', '-')}{kind.key_sign}{kind.name_field}".upper()
    shape = form if kind.parent_field else "KEY"
    key = [argument("key", shape, "Key of the new one.", required=False)] if kind.name_field else []
    return FieldVerb(
        "new",
        f"Make {a(kind.title)}. {kind.says}",
        lambda session, **options: _new(session, kind, **options),
        [
            *key,
            *(field_option(item) for item in fields),
            option("source", "--from", metavar="FILE|-", says="Take them from YAML, JSON or JSON Lines, one or many."),
            *output_options(),
        ],
        switches=[item.name for item in fields if isinstance(item.type, Boolean)],
    )


def duplicate_command(kind: Kind) -> Verb:
    """`duplicate` for a kind whose documents have a name."""
    return Verb(
        "duplicate",
        f"Make {a(kind.title)} like another, with another key.",
        lambda session, **options: _duplicate(session, kind, **options),
        [
            key_argument(kind),
            argument("new_key", "NEW", "Key of the new one."),
            argument("assignments", "FIELD=VALUE…", "What differs.", many=True, required=False),
            *output_options(),
        ],
    )


def _new(
    session: Session,
    kind: Kind,
    source: str | None,
    output: str | None,
    as_json: bool,
    key: str | None = None,
    **options: Any,
) -> None:
    from modelops_tui.services.records import create, create_many

    form = form_of(output, as_json)
    values = values_of(kind, {name: value for name, value in options.items() if name.startswith(FIELD)})
    if source is None:
        if not key and not values:
            raise WrongUse(
                f"Nothing is said about the new {kind.title}.",
                f"See its options: modelops {kind.name} new --help",
            )
        session.options_named = True
        write_made(session, [(kind, create(session.home, kind, values, key or ""))], form, single=True)
        return
    from modelops_tui.cli.documents_in import documents_for

    documents = documents_for(session, kind, source)
    if len(documents) == 1:
        made = [(kind, create(session.home, kind, documents[0] | values, key or ""))]
    elif key or values:
        raise WrongUse(
            f"{source} holds {len(documents)} documents, so a key or options cannot be given beside it.",
            "Write them into the file.",
        )
    else:
        made = create_many(session.home, [(kind, document) for document in documents])
    write_made(session, made, form, single=len(documents) == 1)


def _duplicate(
    session: Session,
    kind: Kind,
    key: str,
    new_key: str,
    assignments: tuple[str, ...] | None,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.entities.structures import Sealed
    from modelops_tui.services.records import assigned, create, find_one, input_form

    form = form_of(output, as_json)
    original = find_one(session.home, kind, key)
    values = input_form(session.home, kind, original)
    values.update(assigned(session.home, kind, original, assignments or ()))
    made = create(session.home, kind, values, new_key)
    write_made(session, [(kind, made)], form, single=True)
    if any(isinstance(place.type, Sealed) for place in kind.places(original)):
        session.say("What is sealed was not copied: a secret is sealed for its own place.")
