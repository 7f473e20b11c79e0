"""The vault: identities in private files, keys in memory for a time, chests opened with them. It shows no key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from modelops_tui.adapters import vault_cost, vault_identity
from modelops_tui.adapters.agent_client import AgentClient
from modelops_tui.adapters.passphrase_sources import passphrase_of_script
from modelops_tui.adapters.process_safety import forbid_core_dumps, keep_from_swap, wipe
from modelops_tui.adapters.system_clock import SystemClock, seconds_since_boot
from modelops_tui.adapters.unlock_agent import LONGEST_IDLE
from modelops_tui.adapters.vault_attempts import Attempts
from modelops_tui.adapters.vault_chest import FernetChest, Unwrap, new_chest, open_chest
from modelops_tui.adapters.vault_cost import Cost
from modelops_tui.adapters.vault_files import VaultFolder
from modelops_tui.adapters.vault_identity import Record
from modelops_tui.adapters.vault_wrapping import Binding, unwrap
from modelops_tui.entities.field import Document
from modelops_tui.errors import VaultFailure
from modelops_tui.ports import Clock, Identity, Recipient, Unlocked, VaultLocked


class _Here:
    """A key in this process: its bytes, how long it may be idle (0 for ever), and when that is over."""

    def __init__(self, private: bytes, idle_seconds: int) -> None:
        self.key = bytearray(private)
        keep_from_swap(self.key)
        self.idle_seconds = idle_seconds
        self.touch()

    def touch(self) -> None:
        """Counts as use."""
        self.until = seconds_since_boot() + self.idle_seconds

    @property
    def seconds_left(self) -> int:
        """Until it is over; 0 where it never is."""
        return max(0, int(self.until - seconds_since_boot())) if self.idle_seconds else 0

    @property
    def over(self) -> bool:
        """Whether it was idle too long."""
        return bool(self.idle_seconds) and seconds_since_boot() >= self.until


class FernetVault:
    """The vault of one home; see `modelops_tui.ports.Vault`.

    `cost` (parameters of new records), `clock` and `environment` are for tests; `agent` off keeps keys in this process.
    """

    def __init__(
        self,
        home: Path,
        *,
        cost: Cost | None = None,
        clock: Clock | None = None,
        environment: Mapping[str, str] = os.environ,
        agent: bool = True,
    ) -> None:
        self._folder = VaultFolder(home)
        self._attempts = Attempts(self._folder, clock or SystemClock())
        self._agent = AgentClient(home) if agent else None
        self._cost = cost
        self._environment = environment
        self._here: dict[str, _Here] = {}

    def identity(self, user: str) -> Identity | None:
        """The user's identity on this machine, or None. Raises VaultFailure for a record that lost its form."""
        found = self._read(user)
        return found[0].identity if found else None

    def create(self, user: str, passphrase: str, *, replacing: bool = False) -> str:
        """Makes an identity and gives its recovery text. Raises VaultFailure when there is one and not `replacing`."""
        found = self._folder.read(_name(user))
        if found is not None and not replacing:
            raise VaultFailure("There is a vault already.", "Change its passphrase: modelops vault change-passphrase")
        record, _, text = vault_identity.new_record(user, passphrase, self._new_cost())
        self._write(record, passphrase, expected=found)
        self.lock(user)
        return text

    def unlock(self, user: str, passphrase: str, idle_seconds: int) -> Identity:
        """Checks the passphrase and keeps the key in the agent, or in this process where there can be no agent."""
        if not 1 <= idle_seconds <= LONGEST_IDLE:
            raise VaultFailure(f"The idle time is from 1 to {LONGEST_IDLE} seconds.")
        record, private = self._open(user, passphrase)
        if self._agent is None or not self._agent.keep(user, private, idle_seconds):
            self._keep_here(user, private, idle_seconds)
        return record.identity

    def lock(self, user: str) -> bool:
        """Forgets the key here and in the agent; whether there was one."""
        kept = self._here.pop(user, None)
        if kept is not None:
            wipe(kept.key)
        return (self._agent is not None and self._agent.lock(user)) or kept is not None

    def unlocked(self, user: str) -> Unlocked | None:
        """Where the key is kept now, or None."""
        kept = self._kept_here(user)
        if kept is not None:
            return Unlocked("process", kept.seconds_left)
        left = self._agent.seconds_left(user) if self._agent is not None else None
        return None if left is None else Unlocked("agent", left)

    def opened(self, user: str) -> Identity:
        """Makes sure that chests can be opened. Raises VaultLocked when nobody but a person knows the passphrase."""
        identity = self._record(user).identity
        if self.unlocked(user) is None:
            script = passphrase_of_script(self._environment)
            if script is None:
                raise VaultLocked("The vault is locked.", "Unlock it: modelops vault unlock")
            # A script is over when it ends; its key stays in it and is never idle.
            self._keep_here(user, self._open(user, script[0])[1], 0)
        return identity

    def script_passphrase(self) -> str | None:
        """The passphrase that the environment names a file or a command for, or None where it names none."""
        script = passphrase_of_script(self._environment)
        return None if script is None else script[0]

    def change_passphrase(self, user: str, old: str, new: str) -> None:
        """Wraps the key under another passphrase; one record is rewritten, nothing else."""
        vault_cost.demand_good(new)
        record, private = self._open(user, old)
        fresh = vault_identity.under_passphrase(record, private, new, self._new_cost())
        self._write(fresh, new, expected=vault_identity.written(record))

    def recover(self, user: str, recovery_text: str, new_passphrase: str) -> str:
        """Sets another passphrase by the recovery text, and gives the new recovery text."""
        vault_cost.demand_good(new_passphrase)
        record = self._record(user)
        private = vault_identity.open_by_recovery(record, recovery_text)
        return self._rewrap(record, private, new_passphrase)

    def renew_recovery(self, user: str, passphrase: str) -> str:
        """Gives a new recovery text; the one before opens nothing any more."""
        record, private = self._open(user, passphrase)
        return self._rewrap(record, private, passphrase)

    def new_chest(self, document: Document, recipient: Recipient) -> FernetChest:
        """A chest that was never sealed, with its first key."""
        forbid_core_dumps()
        return new_chest(document, recipient)

    def open_chest(self, document: Document, user: str) -> FernetChest:
        """Opens a chest and checks its header. Raises VaultLocked, VaultFailure."""
        reader = Recipient(user, self.opened(user).public_key)
        forbid_core_dumps()
        return open_chest(document, reader, self._unwrapper(user))

    def _unwrapper(self, user: str) -> Unwrap:
        kept = self._kept_here(user)
        if kept is not None:
            kept.touch()
            return lambda wrapped, binding: unwrap(wrapped, binding, bytes(kept.key))
        agent = self._agent
        if agent is None:
            raise VaultLocked("The vault is locked.", "Unlock it: modelops vault unlock")

        def ask(wrapped: str, binding: Binding) -> bytes:
            return agent.unwrap(user, wrapped, binding)

        return ask

    def _rewrap(self, record: Record, private: bytes, passphrase: str) -> str:
        fresh, text = vault_identity.wrapped_anew(record.user, private, passphrase, self._new_cost())
        self._write(fresh, passphrase, expected=vault_identity.written(record))
        self._attempts.passed(record.user)
        return text

    def _open(self, user: str, passphrase: str) -> tuple[Record, bytes]:
        forbid_core_dumps()
        record = self._record(user)
        self._attempts.begin(user)
        private = vault_identity.open_by_passphrase(record, passphrase)
        self._attempts.passed(user)
        return record, private

    def _write(self, record: Record, passphrase: str, *, expected: bytes | None) -> None:
        user = record.user

        def prove(data: bytes) -> None:
            vault_identity.open_by_passphrase(vault_identity.read(data, user), passphrase)

        self._folder.replace(_name(user), vault_identity.written(record), expected=expected, prove=prove)

    def _read(self, user: str) -> tuple[Record, bytes] | None:
        data = self._folder.read(_name(user))
        return None if data is None else (vault_identity.read(data, user), data)

    def _record(self, user: str) -> Record:
        found = self._read(user)
        if found is None:
            raise VaultFailure("There is no vault for you here yet.", "Make one: modelops vault init")
        return found[0]

    def _new_cost(self) -> Cost:
        return self._cost or vault_cost.best_cost()

    def _kept_here(self, user: str) -> _Here | None:
        kept = self._here.get(user)
        if kept is not None and kept.over:
            self.lock(user)
            return None
        return kept

    def _keep_here(self, user: str, private: bytes, idle_seconds: int) -> None:
        former = self._here.pop(user, None)
        if former is not None:
            wipe(former.key)
        self._here[user] = _Here(private, idle_seconds)


def _name(user: str) -> str:
    return f"{user}.json"
