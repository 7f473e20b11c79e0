"""What is asked of the outside, on one page. It names no library and does nothing itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from modelops_tui.entities.field import Document
from modelops_tui.errors import VaultFailure
from modelops_tui.ports_remote import Databases, Login, Remote, RemoteAddress


class VaultLocked(VaultFailure):
    """The vault must be unlocked first; a face may ask for the passphrase and try again."""


class Identity(NamedTuple):
    """The public part of who somebody is to the vault: an X25519 public key as text and its fingerprint."""

    public_key: str
    fingerprint: str


class Unlocked(NamedTuple):
    """Where the key of an unlocked vault is kept (`agent` or `process`) and after how many idle seconds it locks."""

    kept_by: str
    seconds_left: int


class Recipient(NamedTuple):
    """Somebody a chest is sealed for: user id and the public key the chest key is wrapped for."""

    user: str
    public_key: str


class OpenChest(Protocol):
    """A chest whose key is known: a working copy that is changed in memory and written by whoever opened it."""

    def recipients(self) -> list[Recipient]:
        """Who can open it."""

    def marks(self) -> frozenset[str]:
        """Marks of its key and of the keys before: two states without one in common did not come of one another."""

    def value(self, entry: str, field: str) -> str:
        """The secret in clear. Raises NotFound, and VaultFailure when it is not what was put there."""

    def values(self, entry: str) -> dict[str, str]:
        """Every secret of an entry in clear. Raises as `value` does."""

    def put(self, entry: str, values: Mapping[str, str | None]) -> None:
        """Sets fields of an entry, None takes one out; the others stay. Raises VaultFailure."""

    def replace(self, entry: str, values: Mapping[str, str], above: int) -> None:
        """Seals an entry with exactly these values, whatever there was, in a version above its own and `above`."""

    def remove(self, entry: str) -> None:
        """Takes an entry out, readable or not. Raises NotFound."""

    def share(self, recipient: Recipient) -> None:
        """Wraps the chest key for one more. Raises VaultFailure for a key that is none."""

    def hand_over(self, user: str, to: Recipient) -> None:
        """Puts `to` in the place of a user, as recipient and, where the user was that, as owner."""

    def rotate(self, without: Collection[str] = ()) -> None:
        """Makes a new chest key for all recipients but the users `without` and seals every entry anew.

        Raises VaultFailure, naming it, for an entry that cannot be opened.
        """

    def sealed(self) -> Document:
        """The fields `owner`, `entries` and `header` to be written, with a header that vouches for all of it.

        Raises VaultFailure for more than a chest has room for.
        """


class Vault(Protocol):
    """Keeps identities under passphrases, and opens chests for who is unlocked. Users are named by id.

    Every method raises VaultFailure; VaultLocked when a passphrase is needed first.
    """

    def identity(self, user: str) -> Identity | None:
        """The user's identity on this machine, or None; whether it is whole shows when it is unlocked."""

    def create(self, user: str, passphrase: str, *, replacing: bool = False) -> str:
        """Makes an identity and gives its recovery text, which is kept nowhere."""

    def unlock(self, user: str, passphrase: str, idle_seconds: int) -> Identity:
        """Checks the passphrase and keeps the key until it was idle for that long."""

    def lock(self, user: str) -> bool:
        """Forgets the key everywhere; whether there was one."""

    def unlocked(self, user: str) -> Unlocked | None:
        """Where the key is kept now, or None; asking does not count as use."""

    def opened(self, user: str) -> Identity:
        """Makes sure that chests can be opened, by the passphrase of a script where there is one."""

    def script_passphrase(self) -> str | None:
        """The passphrase that the environment names a file or a command for, or None where it names none."""

    def change_passphrase(self, user: str, old: str, new: str) -> None:
        """Wraps the key under another passphrase; recovery text and chests stay as they are."""

    def recover(self, user: str, recovery_text: str, new_passphrase: str) -> str:
        """Sets another passphrase by the recovery text, and gives the new recovery text."""

    def renew_recovery(self, user: str, passphrase: str) -> str:
        """Gives a new recovery text; the one before is worth nothing any more."""

    def new_chest(self, document: Document, recipient: Recipient) -> OpenChest:
        """A chest that was never sealed, with its first key, for one recipient."""

    def open_chest(self, document: Document, user: str) -> OpenChest:
        """Opens a chest and checks its header. Raises VaultFailure for one that was tampered with."""


class Launcher(Protocol):
    """Runs a program to its end."""

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        """Runs it with exactly this environment, passing signals on, and gives its exit code (128 + a signal).

        Raises OutsideMissing when it cannot be started.
        """


class Keyring(Protocol):
    """The operating system's own keeper of passwords, to take them over from."""

    def password(self, service: str, name: str) -> str | None:
        """The password kept for `name` at `service`, or None. Raises OutsideMissing where there is no keyring."""


class Clock(Protocol):
    """The time of day in seconds, and waiting."""

    def now(self) -> float:
        """Seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Waits."""


class Outside(Protocol):
    """All that is joined on from outside, each made when first asked for."""

    @property
    def vault(self) -> Vault:
        """The keeper of identities and opener of chests."""

    @property
    def launcher(self) -> Launcher:
        """Starts programs."""

    @property
    def keyring(self) -> Keyring:
        """The operating system's keyring."""

    @property
    def databases(self) -> Databases:
        """The databases of the original systems."""

    def remote(self, address: RemoteAddress, login: Login) -> Remote:
        """A connection to a shared remote; nothing is asked of it yet. Raises Invalid, OutsideMissing."""
