"""A command with a chest's secrets in its environment and nowhere else. It never builds a shell line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from modelops_tui.errors import Refused, WrongUse
from modelops_tui.services.chest_values import demand_variable, split_place, variable_of
from modelops_tui.services.chests import entry_names, field_meant, reveal_many
from modelops_tui.services.home import Home

PASSED_ON = re.compile(
    r"(PATH|HOME|SHELL|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TERM|COLORTERM|NO_COLOR|TMPDIR|TZ|PWD|DISPLAY"
    r"|WAYLAND_DISPLAY|XDG_RUNTIME_DIR|VIRTUAL_ENV|CONDA_PREFIX|CONDA_DEFAULT_ENV|CUDA_VISIBLE_DEVICES)\Z"
)


def environment_of(home: Home, chest: str, mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that a chest gives to a command, and nothing besides; the reveal is recorded.

    Without `mapping` every field as ENTRY_FIELD in capitals (the field `value` as ENTRY); with it only what it names,
    as {variable: "ENTRY.FIELD"}. Raises WrongUse for a name that is none, Refused when two fields fall together.
    """
    places = _mapped(home, chest, mapping) if mapping else _all(home, chest)
    if not places:
        return {}
    values = reveal_many(home, chest, list(places.values()), "run with")
    return dict(zip(places, values, strict=True))


def run_with(
    home: Home,
    chest: str,
    command: Sequence[str],
    mapping: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
) -> int:
    """Runs a command (a list, never a shell line) with a chest's secrets and gives its exit code.

    It gets an allow-listed environment, the variables named in `keep`, and those of `environment_of`; signals are
    passed on. Raises WrongUse, OutsideMissing when it cannot be started, NotPermitted, VaultFailure.
    """
    if not command:
        raise WrongUse("There is no command to run.", "Write it after two dashes: -- COMMAND ARGUMENT…")
    secrets = environment_of(home, chest, mapping)
    passed = {name: value for name, value in os.environ.items() if PASSED_ON.match(name) or name in keep}
    return home.outside.launcher.run(command, {**passed, **secrets})


def _mapped(home: Home, chest: str, mapping: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    places = {}
    for name, place in mapping.items():
        demand_variable(name)
        entry, field = split_place(place)
        places[name] = (entry, field_meant(home, chest, entry, field))
    return places


def _all(home: Home, chest: str) -> dict[str, tuple[str, str]]:
    places: dict[str, tuple[str, str]] = {}
    for item in entry_names(home, chest):
        for field in item.fields:
            name = variable_of(item.entry, field)
            if name in places:
                other = ".".join(places[name])
                raise Refused(
                    f"{other} and {item.entry}.{field} would both be {name}.",
                    f"Say which one is meant: --map {name}={other}",
                )
            places[name] = (item.entry, field)
    return places
