"""Names, values and files of credentials: how they must look, and fresh ones. It keeps none and quotes none."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Final

from modelops_tui.entities.sealed_form import ENTRY_NAME, MOST_VALUE_BYTES
from modelops_tui.errors import Invalid, Problem, WrongUse

DEFAULT_FIELD = "value"
ALPHABETS: Final[dict[str, str]] = {
    "letters": string.ascii_letters + string.digits,
    "signs": string.ascii_letters + string.digits + "!#%&()*+,-./:;<=>?@[]^_{|}~",
    "hex": string.digits + "abcdef",
    "digits": string.digits,
}
MOST_SIGNS = 4096
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_-]*)\s*=\s*(.*)\Z", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
# A colleague who shares a chest must not decide what the programs of others load, read or trust.
_NOT_BY_ITSELF = re.compile(
    r"(PATH|HOME|SHELL|USER|LOGNAME|LANG|LC_.*|TERM|TMPDIR|TZ|IFS|ENV|PWD|CDPATH|EDITOR|VISUAL|PAGER|BROWSER|PS[0-9]"
    r"|LD_.*|DYLD_.*|BASH.*|ZDOTDIR|GIT_.*|SSH_.*|GCONV_PATH|HOSTALIASES|LOCPATH|NLSPATH|MALLOC_.*|GLIBC_.*"
    r"|PYTHON.*|PERL.*|RUBY.*|NODE_.*|JAVA_.*|JDK_.*|.*_PROXY|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE"
    r"|XDG_.*|VIRTUAL_ENV|CONDA.*|MODELOPS_.*|DOCKER_HOST|LESS.*|PROMPT_COMMAND)\Z"
)


def split_place(text: str) -> tuple[str, str]:
    """`ENTRY` or `ENTRY.FIELD` as entry and field; the field is empty where none is named. Raises WrongUse."""
    entry, sign, field = text.partition(".")
    demand_name(entry, "entry")
    if sign:
        demand_name(field, "field")
    return entry, field


def demand_name(name: str, what: str) -> None:
    """Raises WrongUse for a name that an entry or field cannot have."""
    if not isinstance(name, str) or not ENTRY_NAME.match(name):
        raise WrongUse(
            f"The name of an {what} is letters, digits, '_' and '-', at most 64."
            if what == "entry"
            else f"The name of a {what} is letters, digits, '_' and '-', at most 64.",
            "Write ENTRY or ENTRY.FIELD, as in db or db.password.",
        )


def demand_value(value: str, path: str) -> None:
    """Raises Invalid for a value that cannot be kept; the value is never quoted."""
    says = ""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        says = "is no Unicode text."
    else:
        if not size:
            says = "is empty."
        elif size > MOST_VALUE_BYTES:
            says = f"has {size} bytes; at most {MOST_VALUE_BYTES} are kept."
    if says:
        raise Invalid("The secret cannot be kept so.", [Problem(path, says)])


def generate(length: int = 32, alphabet: str = "letters") -> str:
    """A fresh random secret of `length` signs from a named alphabet, or from the signs of a text of one's own.

    Raises WrongUse for a length that is too short to be worth anything or too long, and an alphabet of one sign.
    """
    from secrets import choice

    signs = "".join(dict.fromkeys(ALPHABETS.get(alphabet, alphabet)))
    if len(signs) < 2 or not signs.isprintable():
        raise WrongUse("An alphabet has at least two different signs.", f"Or name one: {', '.join(ALPHABETS)}.")
    least = -(-64 // (len(signs).bit_length() - (not len(signs) & (len(signs) - 1))))
    if not least <= length <= MOST_SIGNS:
        raise WrongUse(f"The length is from {least} (64 bits with this alphabet) to {MOST_SIGNS}.")
    return "".join(choice(signs) for _ in range(length))


def variable_of(entry: str, field: str) -> str:
    """The environment variable of a field: `ENTRY_FIELD` in capitals, `ENTRY` alone for the field that needs no name.

    Raises WrongUse for one that programs obey, or that is no variable's name.
    """
    name = (entry if field == DEFAULT_FIELD else f"{entry}_{field}").upper().replace("-", "_")
    if not _VARIABLE.match(name):
        raise WrongUse(f"{entry}.{field} gives no name of a variable.", f"Name one: --map NAME={entry}.{field}")
    if _NOT_BY_ITSELF.match(name):
        raise WrongUse(
            f"{entry}.{field} would set {name}, which programs obey.",
            f"Where that is meant, say so: --map {name}={entry}.{field}",
        )
    return name


def demand_variable(name: str) -> None:
    """Raises WrongUse for what is no variable's name."""
    if not _VARIABLE.match(name):
        raise WrongUse(f"{name!r} is no name of a variable.", "Write --map NAME=ENTRY.FIELD.")


def parse_env_file(text: str) -> dict[str, str]:
    """The variables of a `.env` file: `NAME=value`, quotes as in a shell, `#` comments, nothing is expanded.

    Raises Invalid with every problem by its line, and never with a value.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in _logical_lines(text.removeprefix("\ufeff")):
        match = _LINE.match(line)
        value = _env_value(match[2]) if match else None
        if match is None or value is None:
            problems.append(Problem(f"line {number}", "must be NAME=value, with quotes that are closed."))
        elif match[1] in found:
            problems.append(Problem(f"line {number}", f"{match[1]} is there twice."))
        elif not value:
            problems.append(Problem(f"line {number}", f"{match[1]} is empty."))
        else:
            found[match[1]] = value
    if problems:
        raise Invalid("The file cannot be taken over so; nothing was.", problems)
    return found


def entries_of(variables: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The variables of a `.env` file as entries, each with the field that needs no name."""
    return {name: {DEFAULT_FIELD: value} for name, value in variables.items()}


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; a double-quoted value may go over several."""
    lines: list[tuple[int, str]] = []
    rows = text.splitlines()
    place = 0
    while place < len(rows):
        first, line = place, rows[place].strip()
        place += 1
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        while match and match[2].startswith('"') and _closing(match[2]) < 0 and place < len(rows):
            line = f"{line}\n{rows[place]}"
            place += 1
            match = _LINE.match(line)
        lines.append((first + 1, line))
    return lines


def _closing(text: str) -> int:
    place = 1
    while place < len(text):
        if text[place] == '"':
            return place
        place += 2 if text[place] == "\\" else 1
    return -1


def _env_value(text: str) -> str | None:
    if text[:1] == '"':
        end = _closing(text)
        inside = text[1:end]
        unescaped = re.sub(r"\\(.)", lambda part: _ESCAPES.get(part[1], part[1]), inside, flags=re.DOTALL)
    elif text[:1] == "'":
        end = text.find("'", 1)
        unescaped = text[1:end]
    else:
        return re.split(r"\s+#|\A#", text, maxsplit=1)[0].strip()
    rest = text[end + 1 :].strip()
    return unescaped if end > 0 and (not rest or rest.startswith("#")) else None
