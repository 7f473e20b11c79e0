"""`put`, `import-env` and `import-keyring`: secrets on their way into a chest. None is an option's value, or quoted."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.output import form_of
from modelops_tui.cli.parameters import argument, complete_words, flag, option, output_options
from modelops_tui.cli.session import Session, read_text
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.verbs.chest_places import chest_argument, chest_named, place_argument, tell_chest
from modelops_tui.cli.words.vault_asking import demand_open
from modelops_tui.cli.words.vault_values import BY_OPTION, Source, given_secret, source_options, typed_secret
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import WrongUse


def put_command(_kind: Kind) -> Verb:
    """`put`."""
    from modelops_tui.services.chest_values import ALPHABETS

    return Verb(
        "put",
        "Put a secret into a treasure chest. Without an option it is asked for at the terminal, without echo.",
        _put,
        [
            chest_argument(),
            place_argument(),
            *source_options("it"),
            flag("--generate", says="Make a fresh random one, which is not shown."),
            option("--length", metavar="N", says="With --generate: so many signs (32).", whole=True),
            option(
                "--alphabet",
                metavar="NAME|SIGNS",
                says=f"With --generate: {', '.join(ALPHABETS)}, or the signs to choose from.",
                complete=complete_words(tuple(ALPHABETS)),
            ),
            *output_options(),
        ],
        more="The end of a single line is dropped; a text of several lines is kept as it is.",
        secret_by=BY_OPTION,
    )


def import_env_command(_kind: Kind) -> Verb:
    """`import-env`."""
    return Verb(
        "import-env",
        "Take over the values of a .env file, each as an entry of its name, all or none.",
        _import_env,
        [chest_argument(), argument("source", "FILE.env|-", "Lines of NAME=value."), *output_options()],
    )


def import_keyring_command(_kind: Kind) -> Verb:
    """`import-keyring`."""
    return Verb(
        "import-keyring",
        "Take over a password of the system's keyring; it stays there too.",
        _import_keyring,
        [
            chest_argument(),
            place_argument(),
            option("--service", metavar="SERVICE", says="What the password is kept for."),
            option("name", "--user", metavar="NAME", says="Whose password it is there."),
            *output_options(),
        ],
        more="It needs the library keyring: pip install 'modelops-tui[keyring]'",
    )


def _put(
    session: Session,
    chest: str,
    place: str,
    from_stdin: bool,
    from_file: str | None,
    from_fd: int | None,
    output: str | None,
    as_json: bool,
    **made: Any,
) -> None:
    from modelops_tui.services.chests import CHEST, entry_names, field_meant, put, split_place
    from modelops_tui.services.chests import DEFAULT_FIELD as UNNAMED

    form = form_of(output, as_json)
    entry, field = split_place(place)
    source = Source(from_stdin, from_file, from_fd)
    # Before the registry is opened, since a number of a descriptor could then mean one of its own files.
    value = _generated(source, **made) or given_secret(source)
    id = chest_named(session, chest)["id"]
    session.home.demand("write", CHEST, id)
    there = {item.entry: item.fields for item in entry_names(session.home, id)}
    field = field_meant(session.home, id, entry, field) if entry in there else field or UNNAMED
    demand_open(session)
    if value is None:
        value = typed_secret(f"Secret for {entry}.{field}")
    written = put(session.home, id, entry, {field: value})
    tell_chest(session, written, form)
    session.say(f"{'Replaced' if field in there.get(entry, ()) else 'Put'} {entry}.{field}.")
    if from_file not in (None, "-"):
        session.say(f"{from_file} still holds it in clear.")


def _generated(source: Source, generate: bool, length: int | None, alphabet: str | None) -> str | None:
    from modelops_tui.services import chest_values

    if not generate:
        if length is not None or alphabet is not None:
            raise WrongUse("--length and --alphabet belong to --generate.")
        return None
    if source.named:
        raise WrongUse(f"--generate and {source.named[0]} exclude each other.", "Give one of them.")
    return chest_values.generate(32 if length is None else length, alphabet or "letters")


def _import_env(session: Session, chest: str, source: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chests import entries_of, parse_env_file, put_many

    form = form_of(output, as_json)
    entries = entries_of(parse_env_file(read_text(source)))
    id = chest_named(session, chest)["id"]
    if not entries:
        session.say(f"{source} holds nothing.")
        return
    demand_open(session)
    written = put_many(session.home, id, entries)
    tell_chest(session, written, form)
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    session.say(f"Took over {count}." + (f" {source} still holds them in clear." if source != "-" else ""))


def _import_keyring(
    session: Session,
    chest: str,
    place: str,
    service: str | None,
    name: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.services.chests import DEFAULT_FIELD, split_place, take_over

    form = form_of(output, as_json)
    if not service or not name:
        raise WrongUse("A password of the keyring has a service and a user.", "Name both: --service S --user NAME")
    entry, field = split_place(place)
    id = chest_named(session, chest)["id"]
    demand_open(session)
    written = take_over(session.home, id, entry, service, name, field or DEFAULT_FIELD)
    tell_chest(session, written, form)
    session.say(f"Took over {entry}.{field or DEFAULT_FIELD}. The keyring keeps it too.")
