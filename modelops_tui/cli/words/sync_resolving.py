"""`sync resolve`: what a person decides about conflicts. It proposes nothing and decides nothing by itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from modelops_tui.cli.output import form_of, write_value
from modelops_tui.cli.parameters import argument, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Context, Verb
from modelops_tui.cli.words.mending import TEXT_FORMS, count_of
from modelops_tui.cli.words.reaching import complete_conflicts
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.errors import WrongUse
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.sync import Conflict

MORE = (
    "mine keeps what is here, theirs takes what is there, both joins texts and lists; what is sealed in a treasure "
    "chest takes mine or theirs, and sync show --reveal shows it. A name given twice takes same "
    "(the two are one thing), mine=NEW or theirs=NEW (rename one). A revision number given twice takes fork (mine "
    "keeps its parent), merge (the latest becomes its parent) or theirs (mine goes). The next sync sends what was "
    "decided; undo takes no decision back, but the record can be edited further."
)


def resolve_command() -> Verb:
    """`sync resolve`."""
    return Verb(
        "resolve",
        "Decide about a conflict as a whole with --take, about single places with --field, or with both.",
        _resolve,
        [
            argument(
                "names", "CONFLICT…", "Ids, or keys of documents, in conflict.", many=True, complete=complete_conflicts
            ),
            option("--take", metavar="CHOICE", says="mine, theirs or both, and see below.", complete=_complete_take),
            option(
                "places",
                "--field",
                metavar="PATH=CHOICE",
                says="For this place mine, theirs, both, or a value as JSON. Can be repeated.",
                many=True,
                complete=_complete_places,
            ),
            *output_options(),
        ],
        more=MORE,
    )


def _resolve(
    session: Session,
    names: tuple[str, ...],
    take: str | None,
    places: tuple[str, ...] | None,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.services.sync import conflicts, read_choice, resolve, show_conflict

    form = form_of(output, as_json)
    found = [show_conflict(session.home, name) for name in names]
    if places and len(found) > 1:
        raise WrongUse("--field goes with one conflict.", "Name one, or decide about all of them with --take.")
    if take is None and not places:
        raise WrongUse("Nothing is decided.", f"Decide with {_how(found[0])}")
    chosen = [dict(read_choice(session.home, one, text) for text in places or ()) for one in found]
    done: list[Conflict] = []
    for one, fields in zip(found, chosen, strict=True):
        when_open(session, partial(resolve, session.home, one.id, take, fields))
        done.append(one)
        if form in TEXT_FORMS:
            session.write_line(visible(f"{one.kind} {one.label}"))
        elif form == "name":
            session.write_line(one.id)
    left = conflicts(session.home)
    if form not in (*TEXT_FORMS, "name"):
        told = [{"id": one.id, "kind": one.kind, "key": one.label} for one in done]
        write_value(session, {"resolved": told, "left": len(left)}, form)
    _tell_left(session, done, left)


def _tell_left(session: Session, done: list[Conflict], left: list[Conflict]) -> None:
    open_ids = {one.id for one in left}
    again = next((one for one in left if one.id in {item.id for item in done}), None)
    if again is not None:
        session.say(f"Still to be decided there: {', '.join(field.path for field in again.fields) or again.what}.")
    if open_ids:
        session.say(f"{count_of(len(open_ids), 'conflict')} left: modelops sync conflicts")
    else:
        session.say("No conflict is left. Send what was decided: modelops sync")


def _how(conflict: Conflict) -> str:
    example = f" or --field {conflict.fields[0].path}=mine" if conflict.fields and "both" in conflict.choices else ""
    return f"--take {'|'.join(conflict.choices)}{example}"


def _complete_take(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    from modelops_tui.cli.known_keys import choices_beginning

    return list(choices_beginning(ctx, _named(ctx), incomplete))


def _complete_places(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    from modelops_tui.cli.known_keys import places_beginning

    return list(places_beginning(ctx, _named(ctx), incomplete))


def _named(ctx: Context) -> list[str]:
    # Behind an option that waits for its value, the words before it were not taken for arguments yet.
    return list(ctx.params.get("names") or ctx.args)
