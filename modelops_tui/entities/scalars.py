"""The types of single values. They check and normalise; they never look anything up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modelops_tui.entities.field import Document, Door, FieldType

OBJECT_ID = re.compile(r"[0-9a-f]{24}\Z")
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\Z")
SLUG_WITH_DOTS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
DOCKER_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:|file:|/|\./|~/)\S+\Z")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,253}\Z")
PORT_MAPPING = re.compile(r"(?:(\d{1,5}):)?(\d{1,5})\Z")


def shown(value: Any) -> str:
    """A value as it is quoted in a sentence about it: short, in one line."""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return f"{text[:40]}…" if len(text) > 40 else text


@dataclass(eq=False, repr=False, match_args=False)
class Text(FieldType):
    """Text of at most `longest` characters; `lines` allows line breaks; `form` is what it must match."""

    longest: int = 0
    lines: bool = True
    form: re.Pattern[str] | None = None
    says: str = "text"

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a string; other values are a problem, so that a number is not silently turned into text."""
        if not isinstance(value, str):
            door.problem(path, f"must be {self.says}, not {shown(value)}.")
        elif self.longest and len(value) > self.longest:
            door.problem(path, f"must have at most {self.longest} characters; it has {len(value)}.")
        elif not self.lines and ("\n" in value or "\r" in value):
            door.problem(path, "must be in one line.")
        elif self.form is not None and value and not self.form.match(value):
            door.problem(path, f"must be {self.says}, not {shown(value)!r}.")
        else:
            return value
        return None

    def describe(self) -> str:
        """Says what text is taken."""
        return self.says + (f", at most {self.longest} characters" if self.longest and self.form is None else "")


@dataclass(eq=False, repr=False, match_args=False)
class Slug(FieldType):
    """A name of letters, digits and dashes, at most 64 long. Dots and underscores are accepted on import."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a name in its form."""
        form = SLUG_WITH_DOTS if door.importing else SLUG
        if not isinstance(value, str) or not form.match(value):
            door.problem(path, f"must be letters, digits and dashes, not {shown(value)!r}.")
            return None
        if len(value) > 64:
            door.problem(path, f"must have at most 64 characters; it has {len(value)}.")
            return None
        return value

    def describe(self) -> str:
        """Says what name is taken."""
        return "letters, digits and dashes, at most 64"


@dataclass(eq=False, repr=False, match_args=False)
class Boolean(FieldType):
    """True or false."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes only true and false; 0 and 1 are numbers."""
        if isinstance(value, bool):
            return value
        door.problem(path, f"must be true or false, not {shown(value)}.")
        return None

    def read(self, text: str) -> Any:
        """Reads the words people use for yes and no."""
        words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
        return words.get(text.strip().lower(), text)

    def describe(self) -> str:
        """Says what is taken."""
        return "true or false"


@dataclass(eq=False, repr=False, match_args=False)
class Number(FieldType):
    """A number from `least` to `most`, both included unless `above` (not included) is given."""

    whole: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a finite number in its range; true is not a number."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            whole_float = self.whole and isinstance(value, float) and value.is_integer()
            if not whole_float:
                door.problem(path, f"must be {self.describe()}, not {shown(value)}.")
                return None
            value = int(value)
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            door.problem(path, "must be a finite number.")
            return None
        too_low = (self.least is not None and value < self.least) or (self.above is not None and value <= self.above)
        if too_low or (self.most is not None and value > self.most):
            door.problem(path, f"must be {self.describe()}, not {value}.")
            return None
        return value

    def read(self, text: str) -> Any:
        """Reads a number; anything else stays text and is told as a problem."""
        try:
            return int(text)
        except ValueError:
            try:
                return float(text)
            except ValueError:
                return text

    def describe(self) -> str:
        """Says which numbers are taken."""
        name = "a whole number" if self.whole else "a number"
        if self.least is not None and self.most is not None:
            return f"{name} from {self.least:g} to {self.most:g}"
        if self.least is not None:
            return f"{name} of at least {self.least:g}"
        return f"{name} above {self.above:g}" if self.above is not None else name


@dataclass(eq=False, repr=False, match_args=False)
class Time(FieldType):
    """A moment, stored as UTC text with milliseconds: `2026-01-31T08:00:00.000Z`."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes ISO 8601 text (no zone means UTC) and gives its stored form."""
        moment = read_time(value) if isinstance(value, str) else None
        if moment is None:
            door.problem(path, f"must be a time like 2026-01-31T08:00:00Z, not {shown(value)!r}.")
            return None
        return moment

    def describe(self) -> str:
        """Says what is taken."""
        return "a time like 2026-01-31T08:00:00Z"


def read_time(text: str) -> str | None:
    """The stored form of a moment given as ISO 8601 text, or None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@dataclass(eq=False, repr=False, match_args=False)
class Choice(FieldType):
    """One of a few words."""

    words: tuple[str, ...]

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes one of the words, in any case, and gives it as declared."""
        if isinstance(value, str):
            for word in self.words:
                if word.lower() == value.lower():
                    return word
        door.problem(path, f"must be one of {', '.join(self.words)}, not {shown(value)!r}.")
        return None

    def describe(self) -> str:
        """Lists the words."""
        return "one of " + ", ".join(self.words)


@dataclass(eq=False, repr=False, match_args=False)
class RepositoryLink(FieldType):
    """The address of a git repository; it is an identity, so it is kept without `.git` and a trailing slash."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes an address in any form git takes."""
        if not isinstance(value, str) or not URL.match(value):
            door.problem(path, f"must be the address of a git repository, not {shown(value)!r}.")
            return None
        return value.rstrip("/").removesuffix(".git").rstrip("/")

    def describe(self) -> str:
        """Says what is taken."""
        return "the address of a git repository"


_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(eq=False, repr=False, match_args=False)
class InsidePath(FieldType):
    """A path inside a folder or a project, with forward slashes: never absolute, never `..`."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a relative path that stays inside."""
        if not isinstance(value, str) or not value.strip():
            door.problem(path, f"must be a path like models/churn.pmml, not {shown(value)!r}.")
            return None
        parts = value.split("/")
        inside = not value.startswith("/") and "\\" not in value and not _DRIVE.match(value)
        if not inside or any(part in ("", ".", "..") for part in parts) or any(ord(sign) < 32 for sign in value):
            door.problem(path, f"must stay inside: no leading slash, no empty part and no '..', not {shown(value)!r}.")
            return None
        if len(value) > 1024 or any(len(part) > 255 for part in parts):
            door.problem(path, "must have at most 1024 characters, and 255 in each part.")
            return None
        return value

    def describe(self) -> str:
        """Says what is taken."""
        return "a path like models/churn.pmml"


@dataclass(eq=False, repr=False, match_args=False)
class FileName(FieldType):
    """The name of one file, without a path."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a plain name that every file system can hold."""
        bad = not isinstance(value, str) or not value.strip() or value in (".", "..") or len(value) > 255
        if bad or _DRIVE.match(value) or any(sign in "/\\" or ord(sign) < 32 for sign in value):
            door.problem(path, f"must be a file name without a path, not {shown(value)!r}.")
            return None
        return value

    def describe(self) -> str:
        """Says what is taken."""
        return "a file name without a path"


@dataclass(eq=False, repr=False, match_args=False)
class PortMapping(FieldType):
    """A published port as `host:container`, or one number for both; ports are 1 to 65535."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes the two numbers and gives them as `host:container`."""
        match = PORT_MAPPING.match(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
        if match:
            container = int(match[2])
            host = int(match[1] or match[2])
            if 1 <= host <= 65535 and 1 <= container <= 65535:
                return f"{host}:{container}"
        door.problem(path, f"must be ports from 1 to 65535 like 8080:80, not {shown(value)!r}.")
        return None

    def describe(self) -> str:
        """Says what is taken."""
        return "ports like 8080:80"


class Typed(str):
    """Text as a person typed it, of which another document says what is meant."""

    __slots__ = ()


@dataclass(eq=False, repr=False, match_args=False)
class Anything(FieldType):
    """Any JSON value, kept with its type.

    Where the document that the field `by` points at decides the type, `meant` gives the value of typed text.
    """

    by: str = ""
    meant: Callable[[Document, str], Any] | None = None

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes all; the store's own door checks that it is JSON."""
        return value

    def read(self, text: str) -> Any:
        """Reads JSON where the text is JSON, else keeps the text; what another document decides stays as typed."""
        return Typed(text) if self.by else read_json(text)

    def describe(self) -> str:
        """Says what is taken."""
        return "any JSON value, or plain text"


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON value")


def read_json(text: str) -> Any:
    """The JSON value written in `text`, or the text itself where it is no JSON."""
    import json

    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text


TITLE = Text(200, lines=False, says="a title in one line")
DESCRIPTION = Text(512)
FREE_TEXT = Text()
LINE = Text(1024, lines=False, says="text in one line")
URL_TEXT = Text(2048, lines=False, form=URL, says="an address like https://host/path")
EMAIL_TEXT = Text(254, lines=False, form=EMAIL, says="an e-mail address")
TAG = Text(128, lines=False, form=DOCKER_TAG, says="a Docker tag (letters, digits, '_', '.', '-')")
SHA256_TEXT = Text(64, lines=False, form=SHA256, says="a SHA-256 in 64 hexadecimal digits")
HOST_TEXT = Text(253, lines=False, form=HOST, says="a host name or address")
