"""`store stats` and `store limits`: a registry in numbers, and how much of its past is kept. It deletes nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import flag, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.mending import TEXT_FORMS, administrator, count_of, folder_of
from modelops_tui.entities.spans import SECONDS, read_span
from modelops_tui.errors import WrongUse
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.upkeep import Figures

PARTS = ("segment", "index", "journal", "history", "blob", "other")
ENDLESS = ("0", "none")
MEBIBYTE = 1 << 20
MOST_BYTES = 1 << 60
MOST_DAYS = 100_000
_POWERS = "KMGT"
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([KMGT]?)(i?)(B?)", re.IGNORECASE)


def stats_command() -> Verb:
    """`store stats`."""
    return Verb("stats", "Show how much there is of what, and how far back the history goes.", _stats, output_options())


def limits_command() -> Verb:
    """`store limits`."""
    return Verb(
        "limits",
        "Show how much history is kept, or set it. A compaction lets go of what is beyond, and records that it did.",
        _limits,
        [
            option("--size", metavar="SIZE", says="At most so much, such as 500MiB or 2GiB; none for without end."),
            option("--age", metavar="AGE", says="At most so old, such as 365d or 52w; none for without end."),
            flag("--yes", "-y", says="Do not ask before less is kept than until now."),
            *output_options(),
        ],
    )


def bytes_text(number: int) -> str:
    """A number of bytes as people say it: `512 B`, `3.4 MiB`."""
    if number < 1024:
        return f"{number} B"
    power = min((number.bit_length() - 1) // 10, len(_POWERS))
    amount = number / 1024**power
    shown = f"{amount:.3g}" if amount < 1000 else f"{amount:,.0f}"
    return f"{shown} {_POWERS[power - 1]}iB"


def read_size(text: str) -> int:
    """The whole MiB of a size, rounded up; 0 for without end. Raises WrongUse for what is no size."""
    return -(-_bytes_of(text) // MEBIBYTE)


def _bytes_of(text: str) -> int:
    if text.lower() in ENDLESS:
        return 0
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise WrongUse(f"--size takes a size such as 500MiB or 2GiB, or none, not {text!r}.")
    decimal = bool(found[4]) and not found[3]
    power = _POWERS.index(found[2].upper()) + 1 if found[2] else 0
    number = int(float(found[1]) * (1000 if decimal else 1024) ** power)
    if not 0 < number <= MOST_BYTES:
        raise WrongUse(f"--size {text} is beyond what can be kept.", "Name another size, or none for without end.")
    return number


def read_age(text: str) -> int:
    """The days of an age; 0 for without end. Raises WrongUse for what is no age."""
    if text.lower() in ENDLESS:
        return 0
    days = (read_span(text.lower(), "dw") or 0) // SECONDS["d"]
    if not 0 < days <= MOST_DAYS:
        raise WrongUse(f"--age takes an age such as 365d or 52w, or none, not {text!r}.")
    return days


def total_bytes(figures: Figures) -> int:
    """All bytes of a registry on the disk."""
    return sum(getattr(figures, f"{part}_bytes") for part in PARTS)


def figures_form(folder: Path, figures: Figures) -> dict[str, Any]:
    """The numbers of a registry as a JSON value."""
    sizes = {part: getattr(figures, f"{part}_bytes") for part in PARTS}
    return {
        "folder": str(folder),
        "format": figures.format,
        "epoch": figures.epoch,
        "transactions": figures.transactions,
        "documents": figures.documents,
        "segments": figures.segments,
        "bytes": sizes | {"all": sum(sizes.values())},
        "history_from": figures.history_from,
        "history_limits": {"bytes": figures.limits.bytes or None, "days": figures.limits.days or None},
        "history_dropped": figures.dropped._asdict() if figures.dropped else None,
    }


def _stats(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.upkeep import stats

    form = form_of(output, as_json)
    folder = folder_of(session)
    figures = stats(folder)
    if form == "wide":
        rows = [{"kind": kind, "documents": n, "segments": figures.segments.get(kind, 0)}
                for kind, n in figures.documents.items()]  # fmt: skip
        write_report(session, ["kind", "documents", "segments"], rows, form, right=["documents", "segments"])
    elif form == "name":
        session.write_line(visible(str(folder)))
    elif form not in TEXT_FORMS:
        write_value(session, figures_form(folder, figures), form)
    else:
        for title, says in _lines(folder, figures):
            session.write_line(visible(f"{title:<14}{says}"))


def _lines(folder: Path, figures: Figures) -> list[tuple[str, str]]:
    documents = sum(figures.documents.values())
    lines = [
        ("registry", f"{folder} (format {figures.format}, epoch {figures.epoch})"),
        ("documents", f"{documents:,} of {count_of(len(figures.documents), 'kind')}"),
        ("transactions", f"{figures.transactions:,}"),
        ("on disk", bytes_text(total_bytes(figures))),
    ]
    names = {"segment": "segments", "index": "indexes", "blob": "blobs"}
    lines += [(f"  {names.get(part, part)}", bytes_text(getattr(figures, f"{part}_bytes"))) for part in PARTS]
    return lines + _history_lines(figures)


def _history_lines(figures: Figures) -> list[tuple[str, str]]:
    size = bytes_text(figures.limits.bytes) if figures.limits.bytes else "any size"
    age = count_of(figures.limits.days, "day") if figures.limits.days else "any age"
    lines = [("history", f"from transaction {figures.history_from:,}"), ("  limits", f"{size}, {age}")]
    if figures.dropped is not None:
        gone = count_of(figures.dropped.transactions, "transaction")
        lines.append(("  let go", f"{gone} up to {figures.dropped.last:,}, last at {figures.dropped.at}"))
    return lines


def _limits(
    session: Session, size: str | None, age: str | None, yes: bool, output: str | None, as_json: bool
) -> None:  # fmt: skip
    from modelops_tui.services.upkeep import set_history_limits, stats

    form = form_of(output, as_json)
    folder = folder_of(session)
    megabytes = None if size is None else read_size(size)
    days = None if age is None else read_age(age)
    figures = stats(folder)
    if megabytes is not None or days is not None:
        administrator(session, "sets how much history is kept")
        old = figures.limits
        less = _is_less(megabytes, old.bytes / MEBIBYTE) or _is_less(days, old.days)
        question = "Keep less history than until now? What is beyond goes for good with the next compaction."
        if less and not yes and not session.agree(question, "--yes"):
            session.say("Nothing was changed.")
            return
        set_history_limits(folder, megabytes, days)
        if size is not None and _bytes_of(size) % MEBIBYTE:
            kept = bytes_text((megabytes or 0) * MEBIBYTE)
            session.say(f"The history is kept in whole MiB: at most {kept}, rounded up from {size}.")
        figures = stats(folder)
    if form in TEXT_FORMS or form == "name":
        for title, says in _history_lines(figures):
            session.write_line(visible(f"{title.strip():<10}{says}"))
    else:
        told = figures_form(folder, figures)
        names = ("history_from", "history_limits", "history_dropped")
        write_value(session, {name: told[name] for name in names}, form)


def _is_less(new: int | None, old: float) -> bool:
    return bool(new) and (not old or (new or 0) < old)
