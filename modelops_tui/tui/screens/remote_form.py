"""The form that names the remote of a home, or says how it is reached from now on. It connects to nothing."""

from __future__ import annotations

from typing import Any

from modelops_tui.entities.addresses import address_problems, split_address
from modelops_tui.entities.field import Field
from modelops_tui.entities.scalars import LINE, Boolean, Text
from modelops_tui.entities.workflow import SECRET_PLACE
from modelops_tui.errors import Failure, Invalid, NotFound, Problem
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.form_table import input_for
from modelops_tui.tui.screens.field_rows import FieldRowsScreen
from modelops_tui.tui.widgets.structure_inputs import FieldRow

_ADDRESS = Text(2048, lines=False, says="mongodb://HOST/DATABASE or mongodb+srv://…, with neither user nor password")
FIELDS = (
    Field("name", LINE, "What this registry calls the remote.", required=True),
    Field("uri", _ADDRESS, "Where the team's database is.", required=True),
    Field("database", LINE, "Its name, where the address names none; else modelops."),
    Field("credential", SECRET_PLACE, "The chest and entry whose fields user and password log in; empty for none."),
    Field("ca_file", LINE, "The file with the certificate authority of the server, where it is one of your own."),
    Field("allow_plaintext", Boolean(), "Send in clear text to another machine, where all on the way can read it."),
)
ABOUT = "The database in which a team's registries meet. Naming it sends nothing yet."


class RemoteForm(FieldRowsScreen):
    """A form for a remote; gives its name when it was saved."""

    def __init__(self, home: Home, known: sync.RemoteSettings | None) -> None:
        """`known` is the remote to change, None to name one."""
        super().__init__(f"sync ▸ {known.name}" if known is not None else "sync ▸ a remote", ABOUT)
        self.home = home
        self.known = known
        begin: dict[str, Any] = known._asdict() if known is not None else {}
        if known is not None:
            begin["credential"] = {"chest": known.chest, "entry": known.entry} if known.chest else None
        self.rows = [FieldRow(item, input_for(item.type, begin.get(item.name) or None, home)) for item in FIELDS]
        self._saving = False
        self._refused: list[tuple[Problem, Any]] = []

    def values(self) -> dict[str, Any]:
        """What the fields say, as the service takes it."""
        found = {row.field.name: row.input.value for row in self.rows}
        place = found.pop("credential") or {}
        parts = [str(place.get(name) or "") for name in ("chest", "entry")]
        values = {name: str(value or "") for name, value in found.items()}
        return {
            **values,
            "credential": "/".join(parts) if any(parts) else "",
            "allow_plaintext": bool(found["allow_plaintext"]),
        }

    def check(self) -> None:
        """Looks at the form of the address; what was refused stays until its field says something else."""
        values = self.values()
        problems: list[Problem] = []
        if values["uri"]:
            allow = values["allow_plaintext"]
            problems = said_here(address_problems(values["uri"], values["credential"], allow_plaintext=allow))
        known = {problem.path for problem in problems}
        problems += [
            problem
            for problem, value in self._refused
            if problem.path not in {*known, "uri"} and values.get(problem.path) == value
        ]
        self.show_problems(problems)

    def save(self) -> None:
        """Names the remote, or changes how it is reached."""
        if self._saving:
            return
        values, known = self.values(), self.known
        self._saving = True

        def write() -> sync.RemoteSettings:
            if known is None:
                return sync.add_remote(self.home, values.pop("name"), values.pop("uri"), **values)
            # An address that names a database means that one.
            named = split_address(values["uri"]).path.strip("/")
            if named and values["uri"] != known.uri and values["database"] == known.database:
                values["database"] = named
            return sync.set_remote(self.home, known.name, **values)

        ask(self, write, self._saved, group="save", failed=self._not_saved, replacing=False)

    def _saved(self, settings: sync.RemoteSettings) -> None:
        self.dismiss(settings.name)

    def _not_saved(self, failure: Failure) -> None:
        self._saving = False
        values = self.values()
        problems: list[Problem] = []
        if isinstance(failure, Invalid) and failure.problems:
            problems = said_here(failure.problems)
        elif values["credential"] and isinstance(failure, Invalid | NotFound):
            problems = [Problem("credential", failure.says)]
        self._refused = [(problem, values.get(problem.path)) for problem in problems]
        if problems:
            self.refuse(problems)
        else:
            self.say_above(f"{failure.says} {failure.hint}".strip())


def said_here(problems: list[Problem] | tuple[Problem, ...]) -> list[Problem]:
    """Problems in the words of this form instead of the command line's."""
    return [
        problem._replace(says=problem.says.replace("allow it with --allow-plaintext", "tick allow_plaintext below"))
        for problem in problems
    ]
