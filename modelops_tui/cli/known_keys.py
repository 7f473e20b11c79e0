"""Keys for a shell to complete. It never makes a registry, never asks for a password, and fails without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from modelops_tui.cli.session import Session
from modelops_tui.entities.keys import candidates
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import Failure
from modelops_tui.services import known_keys

if TYPE_CHECKING:
    from modelops_tui.services.home import Home
    from modelops_tui.services.sync import Conflict


def keys_beginning(ctx: Any, kind_name: str, text: str) -> Iterator[str]:
    """The keys of a kind that begin with `text`, or the parents' keys where those of the kind are too many."""
    return _asked(ctx, lambda home: known_keys.keys_beginning(home, BY_NAME[kind_name], text))


def entries_beginning(ctx: Any, chest_key: str, text: str) -> Iterator[str]:
    """The entries of a treasure chest that begin with `text`, and the fields of those that have several."""
    return _asked(ctx, lambda home: _entries(home, chest_key, text))


def remotes_beginning(ctx: Any, text: str) -> Iterator[str]:
    """The names of remotes that begin with `text`."""
    from modelops_tui.services.sync import remotes

    return _asked(ctx, lambda home: (remote.name for remote in remotes(home) if remote.name.startswith(text)))


def conflicts_beginning(ctx: Any, text: str) -> Iterator[str]:
    """The ids of open conflicts and the keys of their documents that begin with `text`."""
    from modelops_tui.services.sync import conflicts

    def found(home: Home) -> Iterator[str]:
        names = [name for item in conflicts(home) for name in (item.label, item.id)]
        return (name for name in dict.fromkeys(names) if name.startswith(text))

    return _asked(ctx, found)


def choices_beginning(ctx: Any, conflicts: Sequence[str], text: str) -> Iterator[str]:
    """What may be decided about a conflict as a whole."""
    return _of_conflict(ctx, conflicts, lambda one: [choice.removesuffix("NEW-NAME") for choice in one.choices], text)


def places_beginning(ctx: Any, conflicts: Sequence[str], text: str) -> Iterator[str]:
    """The places of a conflict with what may be decided about each."""
    sides = ("mine", "theirs", "both")
    return _of_conflict(
        ctx, conflicts, lambda one: [f"{field.path}={side}" for field in one.fields for side in sides], text
    )


def _of_conflict(
    ctx: Any, names: Sequence[str], words: Callable[[Conflict], Iterable[str]], text: str
) -> Iterator[str]:
    from modelops_tui.services.sync import show_conflict

    def found(home: Home) -> Iterator[str]:
        for name in names[:1]:
            yield from (word for word in words(show_conflict(home, name)) if word.startswith(text))

    return _asked(ctx, found)


def _asked(ctx: Any, question: Callable[[Home], Iterator[str]]) -> Iterator[str]:
    session = ctx.find_object(Session)
    home = _home(session, ctx.find_root().params) if session is not None else None
    if home is None:
        return
    try:
        yield from question(home)
    except (Failure, OSError):
        return
    finally:
        home.close()


def _entries(home: Home, chest_key: str, text: str) -> Iterator[str]:
    from modelops_tui.services.chests import CHEST, entry_names

    for chest in candidates(CHEST, chest_key, home.names)[:1]:
        for item in entry_names(home, chest["id"]):
            places = [item.entry, *(f"{item.entry}.{field}" for field in item.fields)]
            yield from (place for place in places if place.startswith(text))


def _home(session: Session, options: dict[str, Any]) -> Home | None:
    from pathlib import Path

    folder = options.get("home")
    try:
        return session.doors.open_home(Path(folder) if folder else None, options.get("as_user") or "", create=False)
    except (Failure, OSError):
        return None
