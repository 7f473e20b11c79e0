"""The readers that are fuzzed: each takes any bytes, and gives what was sealed or refuses in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from modelops_tui.adapters import vault_chest, vault_cost, vault_identity
from modelops_tui.adapters.unlock_agent import Keys
from modelops_tui.adapters.vault_header import mac_key, mac_of, read_header
from modelops_tui.adapters.vault_keys import text_of
from modelops_tui.adapters.vault_recovery import secret_of_text, text_of_secret
from modelops_tui.adapters.vault_tokens import BadToken, box, open_token, open_vouched, seal, seal_of
from modelops_tui.adapters.vault_wrapping import Binding, public_key_of, unwrap, wrap
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.errors import Invalid, NotFound, VaultFailure
from modelops_tui.ports import Recipient
from modelops_tui.services.chest_values import parse_env_file
from tests.vault.fuzzing.planting import planted

USER, CHEST = "a" * 24, "c" * 24
PRIVATE, KEY = bytes(range(32)), bytes(32)
PUBLIC = text_of(public_key_of(PRIVATE))
ME = Recipient(USER, PUBLIC)
FLOOR = vault_cost.Cost("argon2id", {"memory_kib": 19456, "iterations": 2, "lanes": 1})
WHOLE = {"db.password": "s3cret", "db.user": "me", "other.value": "x"}


class Reader(NamedTuple):
    """What is done with some bytes, and bytes to begin with."""

    read: Callable[[bytes], object]
    seeds: list[bytes]


def own_unwrap(wrapped: str, binding: Binding) -> bytes:
    """Opens a wrapped key with the one private key there is here."""
    return unwrap(wrapped, binding, PRIVATE)


def sealed_chest() -> dict[str, Any]:
    """A chest of two entries for one recipient."""
    chest: dict[str, Any] = {"id": CHEST, "name": "box", "owner": USER}
    made = vault_chest.new_chest(chest, ME)
    made.put("db", {"password": "s3cret", "user": "me"})
    made.put("other", {"value": "x"})
    return {**chest, **made.sealed()}


GENUINE = sealed_chest()
CHEST_KEY = vault_chest.open_chest(GENUINE, ME, own_unwrap)._key
TOKEN = seal(box(KEY), {"value": "s3cret"})
WRAPPED = wrap(KEY, Binding(CHEST, 1, USER), PUBLIC)
MESSAGE = {"protocol": 1, "do": "unwrap", "user": USER, "wrapped": WRAPPED, "chest": CHEST, "epoch": 1}
RECORD = vault_identity.written(vault_identity.new_record(USER, "correct horse battery", FLOOR)[0])
RECOVERY_TEXT = text_of_secret(bytes(range(20)))


def identity(data: bytes) -> None:
    """An identity record: only what `written` writes is read."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    for text in (data, orjson.dumps(planted(orjson.loads(RECORD), data), option=options)):
        try:
            record = vault_identity.read(text, USER)
        except VaultFailure:
            continue
        assert vault_identity.written(record) == text


def token(data: bytes) -> None:
    """A token: only the genuine one opens, strictly and where its end is vouched for."""
    text = data.decode("latin-1")
    sealed_form_problem(text)
    for opened in (open_token, open_vouched):
        if opened is open_vouched and seal_of(text) != seal_of(TOKEN):
            # Nobody vouches for that end.
            continue
        try:
            envelope = opened(box(KEY), text)
        except BadToken:
            continue
        assert text == TOKEN and envelope == {"value": "s3cret"}


def header(data: bytes) -> None:
    """The header of a chest and the list of its entries."""
    parts = {"header": GENUINE["header"], "entries": GENUINE["entries"]}
    value = planted(parts, data)
    value = value if isinstance(value, dict) else {"header": value, "entries": value}
    for chest in ({**GENUINE, "header": value.get("header")}, {**GENUINE, "entries": value.get("entries")}):
        try:
            read_header(chest)
        except VaultFailure:
            continue


def chest(data: bytes) -> None:
    """A whole chest that somebody without its key wrote: it gives what was sealed, or nothing."""
    value = planted({name: GENUINE[name] for name in ("header", "entries")}, data)
    if isinstance(value, dict):
        found = _read_all({**GENUINE, "header": value.get("header"), "entries": value.get("entries")})
        assert found is None or found.items() <= WHOLE.items()


def holder(data: bytes) -> None:
    """A chest that a holder of its key wrote, with a seal that fits: it is refused in a sentence, or read."""
    me = GENUINE["header"]["recipients"][0]
    value = planted({"entries": GENUINE["entries"], "others": [{**me, "user": "b" * 24}]}, data)
    if not isinstance(value, dict) or not isinstance(value.get("entries"), dict):
        return
    entries, recipients = value["entries"], [me, *_listed(value.get("others"))]
    try:
        mac = mac_of(mac_key(CHEST_KEY, CHEST, 1), GENUINE, 1, recipients, entries)
    except (KeyError, TypeError):
        return
    _read_all({**GENUINE, "entries": entries, "header": {"recipients": recipients, "epoch": 1, "mac": mac}})


def wrapped(data: bytes) -> None:
    """A wrapped chest key: only the genuine one opens."""
    text = data.decode("latin-1")
    try:
        key = unwrap(text, Binding(CHEST, 1, USER), PRIVATE)
    except BadToken:
        return
    assert text == WRAPPED and key == KEY


def recovery(data: bytes) -> None:
    """A recovery text: what is read is written the same."""
    text = data.decode("utf-8", errors="surrogateescape")
    try:
        secret = secret_of_text(text)
    except VaultFailure:
        return
    assert secret_of_text(text_of_secret(secret)) == secret


def agent(data: bytes) -> None:
    """A message to the unlock agent: the private key is in no answer."""
    value = planted(MESSAGE, data)
    if isinstance(value, dict):
        keys = Keys(0.0)
        keys.answer({"protocol": 1, "do": "keep", "user": USER, "key": "ab" * 32, "idle_seconds": 60}, 0.0)
        assert "ab" * 32 not in repr(keys.answer(value, 1.0))


def env_file(data: bytes) -> None:
    """A file of variables: read, or refused without a value."""
    try:
        found = parse_env_file(data.decode("utf-8", errors="replace"))
    except Invalid:
        return
    assert all(found.values())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _read_all(chest: dict[str, Any]) -> dict[str, str] | None:
    try:
        opened = vault_chest.open_chest(chest, ME, own_unwrap)
    except VaultFailure:
        return None
    found = {}
    for entry, there in (chest.get("entries") or {}).items():
        for field in there["fields"]:
            try:
                found[f"{entry}.{field}"] = opened.value(entry, field)
            except (VaultFailure, NotFound):
                continue
    return found


def readers() -> dict[str, Reader]:
    """Every reader by its name."""
    sealed = {name: GENUINE[name] for name in ("header", "entries")}
    changes = [bytes([0, place, kind, 3, 1, 2, 3]) for place in range(8) for kind in range(15)]
    return {
        "identity": Reader(identity, [RECORD, *changes]),
        "token": Reader(token, [TOKEN.encode()]),
        "header": Reader(header, [orjson.dumps(sealed), *changes]),
        "chest": Reader(chest, [orjson.dumps(sealed), *changes]),
        "holder": Reader(holder, [orjson.dumps({"entries": GENUINE["entries"], "others": []}), *changes]),
        "wrapped": Reader(wrapped, [WRAPPED.encode()]),
        "recovery": Reader(recovery, [RECOVERY_TEXT.encode(), RECOVERY_TEXT.lower().encode()]),
        "agent": Reader(agent, [orjson.dumps(MESSAGE), *changes]),
        "env_file": Reader(env_file, [b"A=1\nexport B='two' # more\nC=\"a\\nb\"\n"]),
    }
