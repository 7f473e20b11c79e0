"""The one validator every written document passes.

It never repairs a value and never knows the fields of a kind.
"""

from __future__ import annotations

import math
from typing import Any

from modelops_tui.entities.wording import an
from modelops_tui.errors import Invalid, Problem
from modelops_tui.store.codec import Document, EncodeError, decode, encode, encode_small

MAX_DEPTH = 90
MAX_BYTES = 8 * 1024 * 1024
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def admit(kind: str, document: Document) -> tuple[Document, bytes]:
    """A copy that shares nothing with the caller's values, and its bytes.

    Raises Invalid with every problem.
    """
    large = False
    try:
        data = encode_small(document)
    except (EncodeError, RecursionError):
        try:
            data, large = encode(document), True
        except (EncodeError, RecursionError):
            raise _refusal(kind, document) from None
    copy: Document = decode(data)
    # What the encoder bends in silence (NaN, tuples, enums) does not come back equal.
    plain = copy == document and len(data) <= MAX_BYTES
    shallow = data.count(b"[") + data.count(b"{") <= MAX_DEPTH
    if not (plain and shallow and not large) and check_document(kind, document):
        raise _refusal(kind, document)
    return copy, data


def check_document(kind: str, document: Any) -> list[Problem]:
    """Everything that keeps a document from being stored, with the path of each."""
    if not isinstance(document, dict):
        return [Problem("", f"{an(kind)} is a JSON object, not {type(document).__name__}.")]
    problems: list[Problem] = []
    _walk(document, "", 1, problems)
    if not problems:
        try:
            size = len(encode(document))
        except (EncodeError, RecursionError) as error:
            return [Problem("", f"It cannot be written as JSON: {error}.")]
        if size > MAX_BYTES:
            problems.append(Problem("", f"It has {size} bytes; at most {MAX_BYTES} are stored."))
    return problems


def _refusal(kind: str, document: Document) -> Invalid:
    problems = check_document(kind, document)
    return Invalid(f"The {kind} holds values that cannot be stored.", problems)


def _walk(value: Any, path: str, depth: int, problems: list[Problem]) -> None:
    if type(value) not in (dict, list):
        says = _leaf_problem(value)
        if says:
            problems.append(Problem(path, says))
        return
    if depth > MAX_DEPTH:
        problems.append(Problem(path, f"It is nested deeper than {MAX_DEPTH} levels."))
        return
    if type(value) is list:
        for number, item in enumerate(value):
            _walk(item, f"{path}[{number}]", depth + 1, problems)
        return
    for key, item in value.items():
        says = _key_problem(key)
        place = f"{path}.{key}" if path else str(key)
        if says:
            problems.append(Problem(place.encode("utf-8", "replace").decode(), says))
        else:
            _walk(item, place, depth + 1, problems)


def _key_problem(key: Any) -> str:
    if type(key) is not str:
        return f"A field name is text, not {type(key).__name__}."
    return "A field name holds a lone surrogate." if _has_surrogate(key) else ""


def _leaf_problem(value: Any) -> str:
    kind = type(value)
    if value is None or kind is bool:
        return ""
    if kind is str:
        return "The text holds a lone surrogate, which is not Unicode." * _has_surrogate(value)
    if kind is int:
        fits = _LOWEST <= value <= _HIGHEST
        return "" if fits else "The number does not fit in 64 bits with a sign."
    if kind is float:
        return "" if math.isfinite(value) else "The number is not finite."
    return f"It is not a JSON value but {kind.__name__}."


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
