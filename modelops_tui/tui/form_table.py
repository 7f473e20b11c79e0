"""The one table from field type to input. A type that has no place here is named by a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.granting import Instance
from modelops_tui.entities.scalars import (
    Anything,
    Boolean,
    Choice,
    FileName,
    InsidePath,
    Number,
    PortMapping,
    RepositoryLink,
    Slug,
    Text,
    Time,
)
from modelops_tui.entities.structures import (
    Entries,
    FreeMap,
    Group,
    Items,
    KeyText,
    Reference,
    Sealed,
    SecretPlace,
    Snapshot,
)
from modelops_tui.services.home import Home
from modelops_tui.tui.widgets.field_input import (
    BooleanInput,
    ChoiceInput,
    FieldInput,
    LineInput,
    LongTextInput,
    SealedInput,
)
from modelops_tui.tui.widgets.pointer_inputs import FreeInput, PointerInput, SnapshotInput
from modelops_tui.tui.widgets.structure_inputs import GroupInput, ListInput, MapInput


def _text(type_: FieldType, initial: Any, home: Home) -> FieldInput:
    assert isinstance(type_, Text)
    return LongTextInput(type_, initial, home) if type_.lines else LineInput(type_, initial, home)


def _group(type_: FieldType, initial: Any, home: Home) -> FieldInput:
    return GroupInput(type_, initial, home, input_for)


def _secret_place(type_: FieldType, initial: Any, home: Home) -> FieldInput:
    from modelops_tui.tui.widgets.secret_place_input import SecretPlaceInput

    return SecretPlaceInput(type_, initial, home, input_for)


def _list(type_: FieldType, initial: Any, home: Home) -> FieldInput:
    return ListInput(type_, initial, home, input_for)


def _map(type_: FieldType, initial: Any, home: Home) -> FieldInput:
    return MapInput(type_, initial, home, input_for)


INPUTS: dict[type[FieldType], Callable[[FieldType, Any, Home], FieldInput]] = {
    Text: _text,
    Slug: LineInput,
    Boolean: BooleanInput,
    Number: LineInput,
    Time: LineInput,
    Choice: ChoiceInput,
    RepositoryLink: LineInput,
    InsidePath: LineInput,
    FileName: LineInput,
    PortMapping: LineInput,
    Anything: FreeInput,
    Reference: PointerInput,
    Instance: LineInput,
    Snapshot: SnapshotInput,
    Sealed: SealedInput,
    KeyText: SealedInput,
    FreeMap: FreeInput,
    Items: _list,
    Entries: _map,
    Group: _group,
    SecretPlace: _secret_place,
}


def input_for(type_: FieldType, initial: Any, home: Home) -> FieldInput:
    """The input for a value of `type_`, beginning with `initial` (None: empty)."""
    return INPUTS[type(type_)](type_, initial, home)
