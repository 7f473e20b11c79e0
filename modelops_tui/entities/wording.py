"""Words as sentences need them. It knows no kind."""

from __future__ import annotations


def counted(number: int, name: str) -> str:
    """A number of things: `1 document`, `12 documents`."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def a(name: str) -> str:
    """A name with its article: `a model`, `an artifact`, `a user`."""
    return f"an {name}" if name[:1] in "aeio" else f"a {name}"


def an(name: str) -> str:
    """A name with its article at the beginning of a sentence: `A model`, `An artifact`."""
    return a(name).replace("a", "A", 1)
