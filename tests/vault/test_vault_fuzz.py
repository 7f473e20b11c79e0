"""Threat: anything at all in a record, a header or a token. Promise: refused in a sentence, or what was sealed."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelops_tui.adapters import vault_chest, vault_identity, vault_wrapping
from modelops_tui.adapters.vault_cost import Cost
from modelops_tui.adapters.vault_header import read_header
from modelops_tui.adapters.vault_keys import text_of
from modelops_tui.adapters.vault_recovery import secret_of_text, text_of_secret
from modelops_tui.adapters.vault_tokens import BadToken, box, open_token, open_vouched, seal
from modelops_tui.adapters.vault_wrapping import Binding, public_key_of, unwrap, wrap
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.errors import NotFound, VaultFailure
from modelops_tui.ports import Recipient
from tests.vault.conftest import FLOOR
from tests.vault.fuzzing.readers import readers

USER, OTHER, CHEST = "a" * 24, "b" * 24, "c" * 24
PRIVATE = bytes(range(32))
PUBLIC = text_of(public_key_of(PRIVATE))
KEY = bytes(32)

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=60)
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def own_unwrap(wrapped: str, binding: Binding) -> bytes:
    return unwrap(wrapped, binding, PRIVATE)


def sealed_chest() -> dict[str, Any]:
    chest: dict[str, Any] = {"id": CHEST, "name": "box", "owner": USER}
    made = vault_chest.new_chest(chest, Recipient(USER, PUBLIC))
    made.put("db", {"password": "s3cret", "user": "me"})
    made.put("other", {"value": "x"})
    # So that the header tells of a former key.
    made.rotate()
    return {**chest, **made.sealed()}


def read_all(chest: dict[str, Any]) -> dict[str, str]:
    opened = vault_chest.open_chest(chest, Recipient(USER, PUBLIC), own_unwrap)
    places = [(entry, field) for entry, there in (chest.get("entries") or {}).items() for field in there["fields"]]
    return {f"{entry}.{field}": opened.value(entry, field) for entry, field in places}


@MANY
@given(st.binary(max_size=400))
def test_any_bytes_are_no_identity_record(data: bytes) -> None:
    with pytest.raises(VaultFailure):
        vault_identity.read(data, USER)


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    made, _, _ = vault_identity.new_record(USER, "correct horse battery", FLOOR)
    return orjson.loads(vault_identity.written(made))  # type: ignore[no-any-return]


@MANY
@given(data=st.data())
def test_a_record_with_any_value_in_any_place_is_refused_or_the_same(record: dict[str, Any], data: Any) -> None:
    name = data.draw(st.sampled_from([*record, *(f"kdf.{part}" for part in record["kdf"])]))
    value = data.draw(JSON)
    changed = {**record, "kdf": dict(record["kdf"])}
    place, _, part = name.rpartition(".")
    (changed[place] if place else changed)[part] = value
    text = orjson.dumps(changed, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    try:
        read = vault_identity.read(text, USER)
    except VaultFailure:
        return
    # Numbers within the bounds are a matter for the passphrase.
    assert isinstance(read.cost, Cost) and (changed == record or place == "kdf")


@MANY
@given(JSON)
def test_any_value_is_no_token(value: Any) -> None:
    assert sealed_form_problem(value)
    with pytest.raises(BadToken):
        open_token(box(KEY), value)


@MANY
@given(st.binary(min_size=0, max_size=600), st.booleans())
def test_any_base64_is_no_token_under_a_key(data: bytes, versioned: bool) -> None:
    text = base64.urlsafe_b64encode((b"\x80" if versioned else b"") + data).decode()
    with pytest.raises(BadToken):
        open_token(box(KEY), text)


@MANY
@given(st.dictionaries(st.text(max_size=9), st.text(max_size=200), max_size=4))
def test_what_was_sealed_opens_as_it_was_and_is_padded(envelope: dict[str, str]) -> None:
    token = seal(box(KEY), envelope)
    assert not sealed_form_problem(token)
    assert open_token(box(KEY), token) == envelope
    assert (len(base64.urlsafe_b64decode(token)) - 73) % 64 == 0
    with pytest.raises(BadToken):
        open_token(box(b"\x01" * 32), token)


def seal_with(under: Any, signs: str) -> str:
    """A token that has all of some signs before its end."""
    token = ""
    while not set(signs) <= set(token[:-44]):
        token = seal(under, {"value": "s3cret"})
    return token


def test_a_token_that_is_written_another_way_is_refused_where_only_its_end_is_vouched_for() -> None:
    token = seal(box(KEY), {"value": "s3cret"})
    assert open_vouched(box(KEY), token) == {"value": "s3cret"}
    # Decoders take the other two signs of base64 for those that are safe in addresses.
    other = seal_with(box(KEY), "-_")
    swapped = [other.replace("-", "+"), other.replace("_", "/"), other.replace("-", "+", 1)]
    for changed in (token + "====", token[:9] + "!" + token[9:], token + "\n", *swapped):
        with pytest.raises(BadToken):
            open_vouched(box(KEY), changed)
    unpadded = box(KEY).encrypt(b'{"value":"s3cret"}').decode()
    with pytest.raises(BadToken):
        open_vouched(box(KEY), unpadded)


@MANY
@given(st.integers(0, 400))
def test_the_length_of_a_token_tells_the_size_of_its_value_in_steps_of_64_only(size: int) -> None:
    token = seal(box(KEY), {"value": "x" * size})
    steps = -(-(size + len('{"value":""}')) // 64)
    assert len(base64.urlsafe_b64decode(token)) == 73 + 64 * steps


@MANY
@given(JSON)
def test_any_header_is_refused_in_a_sentence(header: Any) -> None:
    with pytest.raises(VaultFailure):
        read_header({**sealed_chest(), "header": header})


@MANY
@given(data=st.data())
def test_a_chest_with_any_value_in_any_place_is_refused(data: Any) -> None:
    chest = sealed_chest()
    paths = list(_paths({"header": chest["header"], "entries": chest["entries"]}))
    path = data.draw(st.sampled_from(paths))
    value = data.draw(JSON)
    changed = orjson.loads(orjson.dumps(chest))
    spot: Any = changed
    for part in path[:-1]:
        spot = spot[part]
    before = spot[path[-1]]
    spot[path[-1]] = value
    if orjson.dumps(before) == orjson.dumps(value):
        return
    try:
        found = read_all(changed)
    except (VaultFailure, NotFound):
        return
    raise AssertionError(f"{path} took {value!r} and gave {found.keys()}")


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Any:
    if above:
        yield above
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*above, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*above, index))


@MANY
@given(st.text(max_size=400))
def test_any_text_is_no_wrapped_key(text: str) -> None:
    with pytest.raises(BadToken):
        unwrap(text, Binding(CHEST, 1, USER), PRIVATE)


@MANY
@given(st.sampled_from([Binding(CHEST, 2, USER), Binding(OTHER, 1, USER), Binding(CHEST, 1, OTHER)]), st.binary())
def test_a_wrapped_key_opens_for_its_chest_epoch_and_holder_only(binding: Binding, noise: bytes) -> None:
    right = Binding(CHEST, 1, USER)
    wrapped = wrap(KEY, right, PUBLIC)
    assert unwrap(wrapped, right, PRIVATE) == KEY
    with pytest.raises(BadToken):
        unwrap(wrapped, binding, PRIVATE)
    with pytest.raises(BadToken):
        unwrap(wrapped, right, (noise + bytes(31) + b"\x01")[:32].ljust(32, b"\x07"))


@pytest.mark.parametrize("part", ["purpose", "chest", "epoch", "user", "key"])
def test_a_wrapped_key_says_what_it_is_for_and_that_is_compared(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    def seal_otherwise(under: Any, envelope: dict[str, Any]) -> str:
        return seal(under, {**envelope, part: "another"})

    monkeypatch.setattr(vault_wrapping, "seal", seal_otherwise)
    right = Binding(CHEST, 1, USER)
    with pytest.raises(BadToken):
        unwrap(wrap(KEY, right, PUBLIC), right, PRIVATE)


@MANY
@given(st.text(max_size=80))
def test_any_text_is_no_recovery_text(text: str) -> None:
    with pytest.raises(VaultFailure):
        secret_of_text(text)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 39), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_one_mistyped_letter_of_a_recovery_text_is_noticed(secret: bytes, place: int, letter: str) -> None:
    text = text_of_secret(secret)
    letters = list(text.replace("-", ""))
    assert secret_of_text(text) == secret
    if letters[place] != letter:
        letters[place] = letter
        with pytest.raises(VaultFailure):
            secret_of_text("".join(letters))


@pytest.mark.slow
@pytest.mark.parametrize("name", readers())
def test_what_is_fuzzed_by_hand_holds_for_its_beginnings_and_for_any_bytes(name: str) -> None:
    reader = readers()[name]
    for seed in reader.seeds:
        reader.read(seed)

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=200))
    def any_bytes(data: bytes) -> None:
        reader.read(data)

    any_bytes()
