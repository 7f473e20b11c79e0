"""The sample registry that comes with the program, and larger ones grown from it.

It never writes anything and never opens a home.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from modelops_tui.entities.field import Document
from modelops_tui.errors import OutsideMissing
from modelops_tui.store.codec import decode

_PACKAGE = Path(__file__).resolve().parent.parent
# The built program carries the file inside; a source tree has it beside the package.
_PLACES = (_PACKAGE / "sample" / "registry.jsonl", _PACKAGE.parent / "fixtures" / "registry.jsonl")


def sample_documents() -> Iterator[Document]:
    """The documents of the sample as `load` takes them, each with its `kind`, parents first.

    What every home has anyway is not among them. Raises OutsideMissing where the file was not installed.
    """
    for place in _PLACES:
        try:
            data = place.read_bytes()
        except FileNotFoundError:
            continue
        return (decode(line) for line in data.split(b"\n") if line)
    raise OutsideMissing(
        "The sample registry is missing from this installation.",
        "Install the program again from its wheel, or run it from a whole source tree.",
    )


def large_documents(count: int) -> Iterator[Document]:
    """The sample followed by made-up documents, `count` in all, the same on every call.

    The sample is never cut: a smaller `count` gives the whole of it. Raises OutsideMissing like sample_documents.
    """
    from modelops_tui.services.sample_growth import grown

    sample = list(sample_documents())
    yield from sample
    yield from grown(sample, count - len(sample))
