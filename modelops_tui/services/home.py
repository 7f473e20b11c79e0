"""An open registry as one user may see and change it: the one gate through which every read and write passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from modelops_tui.entities.builtin import ADMINISTRATOR, builtin_id, builtins
from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import called_by
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import Damaged, Failure, NotFound, NotPermitted
from modelops_tui.services.permissions import granted_to
from modelops_tui.services.sight import HIDEABLE, POINTS_AT_HIDEABLE, Sight
from modelops_tui.store.store import Store

if TYPE_CHECKING:
    from modelops_tui.ports import Outside
    from modelops_tui.store.transaction import Transaction

NOBODY = "0" * 24
"""In whose name the program itself writes what every home has."""


class Names:
    """A reader of all that exists for the user, for keys and references; it does not ask for a permission to read."""

    def __init__(self, store: Store, sight: Sight) -> None:
        self.store = store
        self.sight = sight

    def get(self, kind: str, id: str) -> Document | None:
        """The document with this id, or None where there is none for the user."""
        document = self.store.get(kind, id)
        if document is None or not self.sight.sees(kind, document):
            return None
        return self.sight.masked(kind, document)

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term and exist for the user."""
        return [self.sight.masked(kind, item) for item in self.store.find(kind, term) if self.sight.sees(kind, item)]

    def prefixed(self, kind: str, prefix: str) -> list[Document]:
        """The documents whose id begins with `prefix` and that exist for the user."""
        found = (self.get(kind, id) for id in self.store.find_ids_prefix(kind, prefix))
        return [document for document in found if document is not None]

    def all_of(self, kind: str, most: int) -> list[Document]:
        """Up to `most` documents of `kind` that exist for the user, the newest first; for near-miss hints."""
        if self.store.count(kind) > most:
            newest = self.store.ids(kind)[-most:]
            found = (self.get(kind, id) for id in reversed(newest))
            return [document for document in found if document is not None]
        everything = self.store.documents(kind).values()
        return [self.sight.masked(kind, item) for item in everything if self.sight.sees(kind, item)]


class Readable:
    """A reader for showing: of a document that the user may not read it gives no more than what it is called by."""

    def __init__(self, names: Names, may_read: Callable[[str, str], bool]) -> None:
        self.names = names
        self.may_read = may_read

    def get(self, kind: str, id: str) -> Document | None:
        """The document with this id, or None where there is none for the user."""
        document = self.names.get(kind, id)
        return document if document is None or self.may_read(kind, id) else called_by(BY_NAME[kind], document)

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents that have this lookup term and exist for the user."""
        found = self.names.find(kind, term)
        return [item if self.may_read(kind, item["id"]) else called_by(BY_NAME[kind], item) for item in found]


class Home:
    """An open registry with an acting user, and what was joined on from outside."""

    def __init__(self, store: Store, folder: Path, user: Document, outside: Outside | None = None) -> None:
        self.store = store
        self.folder = folder
        self._outside = outside
        self._changed: frozenset[str] = frozenset()
        self._changed_lock = Lock()
        self._bind(user)

    def _bind(self, user: Document) -> None:
        self.user = user
        self._last_names: dict[str, str] = {}
        self.sight = Sight(user["id"], self.store)
        self.names = Names(self.store, self.sight)
        self.grants = granted_to(user, self.store)
        self.readable = Readable(self.names, self.may_read)

    @property
    def outside(self) -> Outside:
        """The vault and all else outside the registry. Raises Failure for a home that was opened without."""
        if self._outside is None:
            raise Failure("This registry was opened without anything outside of it.")
        return self._outside

    def refresh(self) -> frozenset[str]:
        """Takes in what other processes wrote and gives the kinds that changed since this was asked last."""
        self.catch_up()
        with self._changed_lock:
            changed, self._changed = self._changed, frozenset()
        return changed

    def catch_up(self) -> None:
        """Takes in what other processes wrote; `refresh` will tell of it."""
        changed = self.store.refresh()
        if changed:
            with self._changed_lock:
                self._changed |= changed
            if changed & {"user", "role", "permission"}:
                self._rebind()

    def _rebind(self) -> None:
        self._last_names = {}
        user = self.store.get("user", self.user["id"])
        if user is not None:
            self._bind(user)

    def act_as(self, id: str) -> None:
        """Acts as the user `id` from now on, who is the same person; raises NotFound."""
        user = self.store.get("user", id)
        if user is None:
            raise NotFound(f"There is no user {id}.")
        self._bind(user)

    def may(self, action: str, kind: Kind, id: str = "") -> bool:
        """Whether the acting user may do `action` on a document of `kind`, or on all of them."""
        return self.grants.allow(kind.name, action, id)

    def may_read(self, kind: str, id: str) -> bool:
        """Whether the acting user may read this document."""
        return self.grants.allow(kind, "read", id)

    def demand(self, action: str, kind: Kind, id: str = "") -> None:
        """Raises NotPermitted, naming the permission that is missing, when the user may not."""
        if self.user.get("state", "active") != "active":
            raise NotPermitted(f"User {self.user.get('name')} is {self.user.get('state')} and may do nothing.")
        if not self.may(action, kind, id):
            text = f"{kind.name}:{action}" + (f":{id}" if id else "")
            raise NotPermitted(
                f"{self.user.get('name')} may not {action} this {kind.title}: the permission {text} is missing.",
                "Ask someone with the role administrator, or act as another user with --as.",
            )

    def read(self, kind: Kind, id: str) -> Document:
        """The document, checked for sight and permission. Raises NotFound or NotPermitted."""
        document = self.names.get(kind.name, id)
        if document is None:
            raise NotFound(f"There is no {kind.title} {id}.")
        self.demand("read", kind, id)
        return document

    def documents(self, kind: Kind) -> Sequence[Document]:
        """All documents of `kind` that the user may read, in the order of their ids."""
        everything = list(self.store.documents(kind.name).values())
        if not self.may("read", kind):
            everything = [item for item in everything if self.may("read", kind, item["id"])]
        if kind.name in HIDEABLE:
            everything = [item for item in everything if self.sight.sees(kind.name, item)]
        if kind.name in POINTS_AT_HIDEABLE or kind.name == "user":
            everything = [self.sight.masked(kind.name, item) for item in everything]
        return everything

    def first(self, kind: Kind, most: int, *, deprecated: bool = True) -> list[Document]:
        """The first documents of `kind` that the user may read, at most `most`; hardly more than these are decoded."""

        def skip(document: Document) -> bool:
            hidden = kind.name in HIDEABLE and not self.sight.sees(kind.name, document)
            passed = hidden or not (deprecated or not document.get("deprecated"))
            return passed or not self.may("read", kind, document["id"])

        return [self.sight.masked(kind.name, item) for item in self.store.first(kind.name, most, skip)]

    def holding(self, kind: Kind, text: str) -> Iterator[Document]:
        """The documents of `kind` that hold `text` in their stored JSON, of those the user may read."""
        for document in self.store.scan_bytes(kind.name, text.encode()):
            if self.sight.sees(kind.name, document) and self.may("read", kind, document["id"]):
                yield self.sight.masked(kind.name, document)

    def count(self, kind: Kind) -> int:
        """How many documents of `kind` the user may read; at once for all but the kinds that can be private."""
        if kind.name in HIDEABLE or not self.may("read", kind):
            return len(self.documents(kind))
        return self.store.count(kind.name)

    @contextmanager
    def writing(self, says: str, marks: dict[str, Any] | None = None) -> Iterator[Transaction]:
        """A transaction in the acting user's name; `says` tells in a few words what is done."""
        with self.store.transaction(by=self.user["id"], says=says, marks=marks) as transaction:
            yield transaction
        if any(change.kind in ("user", "role", "permission") for change in transaction.changes()):
            self._rebind()

    def user_name(self, id: str) -> str:
        """The login name of a user, marked when deleted, or the last one of who is gone; else the start of the id."""
        if id == NOBODY:
            return "modelops"
        user = self.store.get("user", id)
        if user is None:
            return self._last_name(id) or id[:8]
        return f"{user.get('name')} (deleted)" if user.get("state") == "deleted" else str(user.get("name"))

    def _last_name(self, id: str) -> str:
        # Somebody who began on two laptops is one user since; what they did before is still theirs.
        if not self.store.ever("user", id):
            return ""
        if id not in self._last_names:
            # Each of a thousand lines would ask the whole past anew.
            try:
                last = next(self.store.history("user", id, limit=1), None)
            except Damaged:
                return ""
            self._last_names[id] = str(last.before.get("name")) if last is not None and last.before else ""
        return self._last_names[id]

    def close(self) -> None:
        """Closes the store."""
        self.store.close()


def found_home(store: Store, name: str) -> None:
    """Gives a new store what every home has, and makes `name` its first user, who administrates it."""
    with store.transaction(by=NOBODY, says="a new registry") as transaction:
        if transaction.get("role", builtin_id("role", ADMINISTRATOR)) is not None:
            return
        for kind, document in builtins():
            fields = {key: value for key, value in document.items() if key != "id"}
            transaction.insert(kind, fields, id=document["id"])
        role = builtin_id("role", ADMINISTRATOR)
        values = {"name": name, "roles": [role], "state": "active", "has_password": False}
        transaction.insert("user", values)


def acting_user(store: Store, name: str, ask_password: Callable[[str], str] | None) -> Document:
    """The user called `name`.

    Raises NotFound with the names there are, and NotPermitted where a password is missing or wrong.
    """
    found = [user for user in store.find("user", f"name {name.casefold()}") if user.get("name") == name]
    if not found:
        known = [str(user.get("name")) for user in store.documents("user").values() if user.get("state") != "deleted"]
        near = ", ".join(sorted(known)[:8])
        raise NotFound(f"There is no user {name!r} in this registry.", f"Act as one of: {near} (--as NAME).")
    user = found[0]
    if user.get("state") in ("disabled", "deleted"):
        raise NotPermitted(f"User {name} is {user['state']} and may not act.")
    if user.get("has_password"):
        _check_password(user, ask_password)
    return user


def _check_password(user: Document, ask_password: Callable[[str], str] | None) -> None:
    from modelops_tui.services.passwords import fits

    verifier = user.get("password_verifier")
    if not verifier:
        raise NotPermitted(
            f"User {user['name']} has a password that this machine does not know.",
            "Act as them where the password was set.",
        )
    if ask_password is None:
        raise NotPermitted(f"Acting as {user['name']} needs a password, and there is nobody to ask.")
    if not fits(ask_password(str(user["name"])), str(verifier)):
        raise NotPermitted(f"That is not the password of {user['name']}.")


def kind_of(name: str) -> Kind:
    """The kind with exactly this name."""
    return BY_NAME[name]
