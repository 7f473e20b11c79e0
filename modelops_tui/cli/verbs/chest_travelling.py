"""`export` and `import`: a chest between registries, sealed as it is. There is no export in clear."""

from __future__ import annotations

from modelops_tui.cli.output import form_of, write_value
from modelops_tui.cli.parameters import argument, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.verbs.chest_places import chest_argument, chest_named, tell_chest, user_named, user_option
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.entities.kind import Kind


def export_command(_kind: Kind) -> Verb:
    """`export`."""
    return Verb(
        "export",
        "Write a treasure chest, sealed as it is, for the registry of a colleague whom it is shared with.",
        _export,
        [chest_argument(), user_option("--to", says="The colleague.")],
        more="They take it in with: modelops treasure-chest import FILE",
    )


def import_command(_kind: Kind) -> Verb:
    """`import`."""
    return Verb(
        "import",
        "Take in a treasure chest that export wrote, new or in the place of an older state.",
        _import,
        [argument("source", "FILE|-", "What export wrote."), *output_options()],
    )


def _export(session: Session, chest: str, user: str | None) -> None:
    from modelops_tui.services.chest_exchange import export_chest

    whom = user_named(session, user, "--to")
    write_value(session, export_chest(session.home, chest_named(session, chest)["id"], whom), "json")


def _import(session: Session, source: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.cli.documents_in import documents_of
    from modelops_tui.services.chest_exchange import import_chest

    form = form_of(output, as_json)
    documents = documents_of(session, source)
    tell_chest(session, when_open(session, lambda: import_chest(session.home, documents)), form)
