"""An open treasure chest: values in and out under the chest's key. It writes nothing and shows no key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from secrets import token_bytes

from modelops_tui.adapters.vault_header import Header, demand_room, mac_key, mac_of, read_header, tampered, vouched
from modelops_tui.adapters.vault_keys import KEY_BYTES, derive
from modelops_tui.adapters.vault_lineage import mark_of, open_marks, sealed_marks
from modelops_tui.adapters.vault_tokens import BadToken, box, open_vouched, seal, seal_of
from modelops_tui.adapters.vault_wrapping import Binding, public_bytes, wrap
from modelops_tui.entities.field import Document
from modelops_tui.errors import NotFound, Refused, VaultFailure
from modelops_tui.ports import Recipient

Unwrap = Callable[[str, Binding], bytes]


class FernetChest:
    """A working copy of a chest with its key at hand."""

    def __init__(self, chest: Document, key: bytes, header: Header, marks: Sequence[str] = ()) -> None:
        self._chest = dict(chest)
        self._name = str(chest.get("name") or chest["id"])
        self._entries: Document = dict(chest.get("entries") or {})
        self._recipients = [dict(one) for one in header.recipients]
        self._former = list(marks)
        self._lineage = header.lineage
        self._take(key, header.epoch)

    def __repr__(self) -> str:
        """The chest by its name alone."""
        return f"<open chest {self._name}>"

    def _take(self, key: bytes, epoch: int) -> None:
        self._key = key
        self._epoch = epoch
        self._box = box(derive(key, "entry", self._chest["id"], epoch))

    def marks(self) -> frozenset[str]:
        """The marks of its key and of the keys before."""
        return frozenset((*self._former, mark_of(self._key, self._chest["id"], self._epoch)))

    def recipients(self) -> list[Recipient]:
        """Who can open it."""
        return [Recipient(one["user"], one["public_key"]) for one in self._recipients]

    def value(self, entry: str, field: str) -> str:
        """The secret in clear. Raises NotFound, and VaultFailure when it is not what was put there."""
        there = self._entries.get(entry) or self._entry(entry)
        token = there["fields"].get(field)
        if token is None:
            known = ", ".join(sorted(there["fields"]))
            raise NotFound(f"The entry {entry} of {self._name} has no field {field}.", f"It has: {known}.")
        if there["key_epoch"] != self._epoch:
            raise self._damaged(entry, field, "it is sealed under a former key of the chest")
        if not isinstance(token, str) or seal_of(token) != there["seals"][field]:
            raise self._damaged(entry, field, "it is not the value that was put there")
        try:
            envelope = open_vouched(self._box, token)
        except BadToken:
            raise self._damaged(entry, field, "it does not open under the key of the chest") from None
        value = envelope.pop("value", None)
        if not isinstance(value, str) or envelope != self._bound(entry, field, there["version"]):
            raise self._damaged(entry, field, "it was sealed for another place")
        return value

    def values(self, entry: str) -> dict[str, str]:
        """Every secret of an entry in clear. Raises as `value` does."""
        return {field: self.value(entry, field) for field in self._entry(entry)["fields"]}

    def put(self, entry: str, values: Mapping[str, str | None]) -> None:
        """Sets fields of an entry, None takes one out; the others stay. Raises VaultFailure for a damaged one."""
        there = self._entries.get(entry) or {"fields": {}, "version": 0}
        kept = {field: self.value(entry, field) for field in there["fields"] if field not in values}
        clear = kept | {field: value for field, value in values.items() if value is not None}
        if clear:
            self._seal(entry, clear, there["version"] + 1)
        else:
            self._entries.pop(entry, None)

    def replace(self, entry: str, values: Mapping[str, str], above: int) -> None:
        """Seals an entry with exactly these values, whatever there was, in a version above its own and `above`."""
        there = self._entries.get(entry) or {"version": 0}
        self._seal(entry, values, max(there["version"], above) + 1)

    def remove(self, entry: str) -> None:
        """Takes an entry out, readable or not. Raises NotFound."""
        self._entry(entry)
        del self._entries[entry]

    def share(self, recipient: Recipient) -> None:
        """Wraps the chest key for one more, or anew for one whose public key changed."""
        self._recipients = [one for one in self._recipients if one["user"] != recipient.user]
        self._recipients.append(self._wrapped(recipient))

    def hand_over(self, user: str, to: Recipient) -> None:
        """Puts `to` in the place of a user, as recipient and, where the user was that, as owner."""
        if any(one["user"] == user for one in self._recipients):
            self._recipients = [one for one in self._recipients if one["user"] != user]
            self.share(to)
        if self._chest.get("owner") == user:
            self._chest["owner"] = to.user

    def rotate(self, without: Collection[str] = ()) -> None:
        """Makes a new chest key for all recipients but the users `without`, and seals every entry anew.

        Raises VaultFailure, naming it, for an entry that cannot be opened.
        """
        clear = {entry: self.values(entry) for entry in self._entries}
        stay = [one for one in self.recipients() if one.user not in without]
        self._former.append(mark_of(self._key, self._chest["id"], self._epoch))
        self._take(token_bytes(KEY_BYTES), self._epoch + 1)
        self._lineage = sealed_marks(self._key, self._chest["id"], self._epoch, self._former)
        self._recipients = [self._wrapped(one) for one in stay]
        for entry, values in clear.items():
            self._seal(entry, values, self._entries[entry]["version"] + 1)

    def sealed(self) -> Document:
        """The fields `owner`, `entries` and `header` to be written, with a header that vouches for all of it.

        Raises NoRoom for more than a chest has room for.
        """
        demand_room(self._name, self._recipients, self._entries)
        key = mac_key(self._key, self._chest["id"], self._epoch)
        unsealed = Header(self._epoch, self._recipients, "", self._lineage)
        header = {"recipients": self._recipients, "epoch": self._epoch}
        if self._lineage:
            header["lineage"] = self._lineage
        mac = mac_of(key, self._chest, unsealed, self._entries)
        return {"owner": self._chest.get("owner"), "entries": self._entries, "header": {**header, "mac": mac}}

    def _seal(self, entry: str, values: Mapping[str, str], version: int) -> None:
        fields = {
            field: seal(self._box, {**self._bound(entry, field, version), "value": value})
            for field, value in values.items()
        }
        self._entries[entry] = {
            "fields": fields,
            "version": version,
            "key_epoch": self._epoch,
            "seals": {field: seal_of(token) for field, token in fields.items()},
        }

    def _bound(self, entry: str, field: str, version: int) -> Document:
        return {"chest": self._chest["id"], "entry": entry, "field": field, "version": version}

    def _wrapped(self, recipient: Recipient) -> Document:
        public_bytes(recipient.public_key)
        binding = Binding(self._chest["id"], self._epoch, recipient.user)
        wrapped = wrap(self._key, binding, recipient.public_key)
        return {"user": recipient.user, "public_key": recipient.public_key, "wrapped_key": wrapped}

    def _entry(self, entry: str) -> Document:
        there = self._entries.get(entry)
        if not isinstance(there, dict):
            raise NotFound(f"The treasure chest {self._name} has no entry {entry}.", _known(self._entries))
        return there

    def _damaged(self, entry: str, field: str, why: str) -> VaultFailure:
        return VaultFailure(
            f"The secret {entry}.{field} of {self._name} was tampered with: {why}.",
            f"The others can be used; put this one in again, or see: modelops treasure-chest history {self._name}",
        )


def new_chest(chest: Document, recipient: Recipient) -> FernetChest:
    """A chest with its first key, for one recipient. Raises Refused for one that was sealed before."""
    if chest.get("header") or chest.get("entries"):
        raise Refused("The chest was sealed before.")
    made = FernetChest(chest, token_bytes(KEY_BYTES), Header(1, [], ""))
    made.share(recipient)
    return made


def open_chest(chest: Document, reader: Recipient, unwrap: Unwrap) -> FernetChest:
    """Opens a chest with what unwraps keys for its reader, and checks that its header vouches for all it holds.

    Raises VaultFailure for a chest that is not shared with the user, or that was tampered with.
    """
    header = read_header(chest)
    mine = next((one for one in header.recipients if one["user"] == reader.user), None)
    name = chest.get("name")
    if mine is None:
        raise VaultFailure(
            f"The treasure chest {name} is not sealed for you.",
            f"Ask its owner: modelops treasure-chest share {name} --with YOUR-NAME",
        )
    if mine["public_key"] != reader.public_key:
        raise VaultFailure(
            f"The treasure chest {name} is sealed for another key than yours: it was tampered with, or shared before "
            "you had this vault.",
            f"Ask its owner to share it again: modelops treasure-chest share {name} --with YOUR-NAME",
        )
    try:
        key = unwrap(mine["wrapped_key"], Binding(chest["id"], header.epoch, reader.user))
    except BadToken:
        raise tampered(chest) from None
    if not vouched(mac_key(key, chest["id"], header.epoch), chest, header):
        raise tampered(chest)
    try:
        return FernetChest(chest, key, header, open_marks(key, chest["id"], header.epoch, header.lineage))
    except BadToken:
        raise tampered(chest) from None


def _known(names: Iterable[str]) -> str:
    known = ", ".join(sorted(names)[:10])
    return f"It has: {known}." if known else "It is empty."
