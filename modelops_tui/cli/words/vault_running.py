"""`run` and `generate`: secrets for a command, and fresh ones. A secret goes to what was asked for and no further."""

from __future__ import annotations

from typer import _click
from typer.exceptions import Exit

from modelops_tui.cli.parameters import argument, complete_keys, complete_words, option
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.errors import WrongUse


def run_command() -> Verb:
    """`run`."""
    verb = Verb(
        "run",
        "Run a command with the secrets of a treasure chest in its environment, as ENTRY_FIELD in capitals.",
        _run,
        [
            option("--chest", metavar="NAME", says="The chest.", complete=complete_keys("treasure-chest")),
            option(
                "mapping",
                "--map",
                metavar="ENV=ENTRY.FIELD",
                says="Give only this secret, under this name. Can be repeated.",
                many=True,
                complete=_complete_map,
            ),
            option("--keep", metavar="ENV", says="Pass this variable of yours on too. Can be repeated.", many=True),
            argument("command", "-- COMMAND…", "What to run, with its arguments.", many=True, required=False),
        ],
        more="Of your own variables it gets PATH, HOME and a few more. The call ends with its exit code.",
    )
    # Options that follow the command are the command's own.
    verb.allow_interspersed_args = False
    return verb


def generate_command() -> Verb:
    """`generate`."""
    from modelops_tui.services.chest_values import ALPHABETS

    return Verb(
        "generate",
        "Print a fresh random secret.",
        _generate,
        [
            option("--length", metavar="N", says="So many signs (32).", whole=True),
            option(
                "--alphabet",
                metavar="NAME|SIGNS",
                says=f"{', '.join(ALPHABETS)}, or the signs to choose from (letters).",
                complete=complete_words(tuple(ALPHABETS)),
            ),
        ],
    )


def _run(
    session: Session,
    chest: str | None,
    mapping: tuple[str, ...] | None,
    keep: tuple[str, ...] | None,
    command: tuple[str, ...] | None,
) -> None:
    from modelops_tui.services.chest_running import run_with
    from modelops_tui.services.chests import CHEST
    from modelops_tui.services.records import find_one

    if not chest:
        raise WrongUse("No treasure chest is named.", "modelops run --chest NAME -- COMMAND…")
    places = _places(mapping or ())
    id = find_one(session.home, CHEST, chest)["id"]
    code = when_open(session, lambda: run_with(session.home, id, command or (), places, keep or ()))
    if code:
        raise Exit(code)


def _generate(session: Session, length: int | None, alphabet: str | None) -> None:
    from modelops_tui.services.chest_values import generate

    session.write_line(generate(32 if length is None else length, alphabet or "letters"))


def _places(mapping: tuple[str, ...]) -> dict[str, str]:
    places: dict[str, str] = {}
    for text in mapping:
        name, sign, place = text.partition("=")
        if not sign:
            raise WrongUse("--map takes ENV=ENTRY.FIELD.", "As in --map PGPASSWORD=db.password")
        if name in places:
            raise WrongUse(f"--map names {name} twice.")
        places[name] = place
    return places


def _complete_map(ctx: _click.Context, _args: list[str], incomplete: str) -> list[str]:
    from modelops_tui.cli.known_keys import entries_beginning

    name, sign, begun = incomplete.partition("=")
    chest = ctx.params.get("chest")
    if not sign or not chest:
        return []
    return [f"{name}={place}" for place in entries_beginning(ctx, chest, begun)]
