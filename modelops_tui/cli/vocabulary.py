"""The verbs and words of the command line with summaries, so that help makes none of them. It holds no behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from modelops_tui.entities.kind import Kind


class Place(NamedTuple):
    """Where a verb or word is made (module and function below `modelops_tui.cli`), and what it does."""

    module: str
    function: str
    says: str


VERBS: Final[dict[str, Place]] = {
    "list": Place("verbs.listing", "list_command", "Show many, filtered and sorted."),
    "show": Place("verbs.showing", "show_command", "Show some with all their fields."),
    "new": Place("verbs.making", "new_command", "Make one, or many from a file."),
    "set": Place("verbs.setting", "set_command", "Change fields, of one or of many."),
    "edit": Place("verbs.editing", "edit_command", "Change one in your editor."),
    "rename": Place("verbs.setting", "rename_command", "Give one another name."),
    "duplicate": Place("verbs.making", "duplicate_command", "Make one like another."),
    "rm": Place("verbs.removing", "rm_command", "Remove some, after showing all that goes."),
    "refs": Place("verbs.showing", "refs_command", "Show what one points at and what points at it."),
    "history": Place("verbs.showing", "history_command", "Show every change of one, field by field."),
}

_REFS = Place("verbs.chest_refs", "refs_command", "Show what one points at and what points at it, entry by entry.")

KIND_VERBS: Final[dict[str, dict[str, Place]]] = {
    "treasure-chest": {
        "entries": Place("verbs.chest_entries", "entries_command", "Show what is in one, never a value."),
        "put": Place("verbs.chest_putting", "put_command", "Put a secret in, from a prompt, a file or a pipe."),
        "remove-entry": Place("verbs.chest_entries", "remove_entry_command", "Take an entry or a field out."),
        "reveal": Place("verbs.chest_revealing", "reveal_command", "Show a secret; who saw it is recorded."),
        "check": Place("verbs.chest_entries", "check_command", "Try every entry, without showing a value."),
        "holders": Place("verbs.chest_sharing", "holders_command", "Show who can open one."),
        "share": Place("verbs.chest_sharing", "share_command", "Let a colleague open one."),
        "unshare": Place("verbs.chest_sharing", "unshare_command", "Keep a colleague out of what comes."),
        "rotate": Place("verbs.chest_sharing", "rotate_command", "Give one a new key."),
        "export": Place("verbs.chest_travelling", "export_command", "Write one, sealed, for another registry."),
        "import": Place("verbs.chest_travelling", "import_command", "Take in what export wrote."),
        "import-env": Place("verbs.chest_putting", "import_env_command", "Take over the values of a .env file."),
        "import-keyring": Place("verbs.chest_putting", "import_keyring_command", "Take over a password of the system."),
        "refs": _REFS,
    },
    "step": {"refs": _REFS},
    "deployment-service-address": {"refs": _REFS},
}
"""Verbs that one kind alone has, or has in a way of its own."""


INSTEAD: Final[dict[tuple[str, str], str]] = {
    ("user", "rm"): "A user is kept for ever, but can be shut out: modelops user set NAME state=deleted",
}
"""What to do where people look for a verb that a kind does not have."""


def verbs_of(kind: Kind) -> dict[str, Place]:
    """Every verb that a kind has by command line, in the order of help."""
    has = set(kind.verbs)
    if "new" in has and kind.name_field:
        has.add("duplicate")
    return {name: place for name, place in VERBS.items() if name in has} | KIND_VERBS.get(kind.name, {})


WORDS: Final[dict[str, Place]] = {
    "kinds": Place("words.kinds", "kinds_command", "Show the kinds, or the fields of one."),
    "status": Place("words.looking", "status_command", "Show what there is and what runs."),
    "search": Place("words.looking", "search_command", "Find words in documents of every kind."),
    "changes": Place("words.changing", "changes_command", "Show every change, the newest first."),
    "undo": Place("words.changing", "undo_command", "Take back your last change."),
    "redo": Place("words.changing", "redo_command", "Do again what you took back."),
    "load": Place("words.loading", "load_command", "Take in whole documents of any kind from a file."),
    "doctor": Place("words.mending", "doctor_command", "Find what is damaged or broken, and repair it."),
    "purge": Place("words.mending", "purge_command", "Erase one document for good, from its history too."),
    "store": Place("words.storing", "store_group", "Backup, restore, compact, measure and verify the files."),
    "remote": Place("words.remote", "remote_group", "Name the shared MongoDB that this registry is synced with."),
    "sync": Place("words.sync", "sync_group", "Bring this registry and its remote together; settle conflicts."),
    "exchange": Place("words.exchange", "exchange_group", "Take in and write databases of Noronha and ODTP."),
    "vault": Place("words.vault", "vault_group", "Make, unlock and lock your vault, the key to treasure chests."),
    "run": Place("words.vault_running", "run_command", "Run a command with the secrets of a treasure chest."),
    "generate": Place("words.vault_running", "generate_command", "Print a fresh random secret."),
    "demo": Place("words.trying", "demo_command", "Try it with a sample registry that is thrown away."),
    "tui": Place("words.trying", "tui_command", "Open the full screen."),
    "completion": Place("words.shells", "completion_command", "Print what makes a shell complete words and keys."),
}

STORE_WORDS: Final[dict[str, Place]] = {
    "backup": Place("words.storing", "backup_command", "Copy the whole registry to a new folder."),
    "restore": Place("words.storing", "restore_command", "Put a backup in the place of what there is."),
    "verify": Place("words.storing", "verify_command", "Read every file, of the registry or of a backup."),
    "compact": Place("words.storing", "compact_command", "Tidy the files so that they take less."),
    "stats": Place("words.measuring", "stats_command", "Show the registry in numbers."),
    "limits": Place("words.measuring", "limits_command", "Show or set how much history is kept."),
    "adopt": Place("words.storing", "adopt_command", "Take over a file that was edited by hand."),
}

VAULT_WORDS: Final[dict[str, Place]] = {
    "init": Place("words.vault", "init_command", "Make your vault, under a passphrase."),
    "unlock": Place("words.vault", "unlock_command", "Unlock it for a time."),
    "lock": Place("words.vault", "lock_command", "Lock it now."),
    "status": Place("words.vault", "status_command", "Show whether it is unlocked, and what is wrong."),
    "change-passphrase": Place("words.vault_keys", "change_passphrase_command", "Set another passphrase."),
    "rotate": Place("words.vault_keys", "rotate_command", "Give every chest of yours a new key."),
    "recover": Place("words.vault_keys", "recover_command", "Set a passphrase by the recovery text."),
    "recovery": Place("words.vault_keys", "recovery_command", "Print a new recovery text."),
    "card": Place("words.vault_keys", "card_command", "Write what a colleague's registry must know of you."),
    "forget": Place("words.vault_keys", "forget_command", "Take back the key of a vault that is lost."),
}

REMOTE_WORDS: Final[dict[str, Place]] = {
    "add": Place("words.remote", "add_command", "Name the remote of this registry."),
    "list": Place("words.remote", "list_command", "Show the remote and how it is reached."),
    "set": Place("words.remote", "set_command", "Change how it is reached, without losing what was synced."),
    "remove": Place("words.remote", "remove_command", "Forget it; no document changes."),
}

SYNC_WORDS: Final[dict[str, Place]] = {
    "status": Place("words.sync_looking", "status_command", "Show what is unsent and what waits, without asking it."),
    "log": Place("words.sync_looking", "log_command", "Show the last commits of the remote."),
    "conflicts": Place("words.sync_conflicts", "conflicts_command", "Show what was changed on both sides."),
    "show": Place("words.sync_conflicts", "show_command", "Show one conflict, place by place."),
    "resolve": Place("words.sync_resolving", "resolve_command", "Decide about conflicts."),
    "verify": Place(
        "words.sync_looking", "verify_command", "Read the whole remote and say what is not as it should be."
    ),
    "reclone": Place("words.sync_recloning", "reclone_command", "Begin anew with what the remote holds now."),
}

EXCHANGE_WORDS: Final[dict[str, Place]] = {
    "import": Place("words.exchange", "import_command", "Take a database of Noronha or ODTP in."),
    "export": Place("words.exchange", "export_command", "Write this registry as a database of Noronha or ODTP."),
}

GROUPS: Final[dict[str, dict[str, Place]]] = {
    "store": STORE_WORDS,
    "remote": REMOTE_WORDS,
    "sync": SYNC_WORDS,
    "exchange": EXCHANGE_WORDS,
    "vault": VAULT_WORDS,
}
"""The words that have words of their own."""

VERBS_ELSEWHERE: Final[dict[str, str]] = {
    **dict.fromkeys(("add", "create", "make"), "new"),
    **dict.fromkeys(("delete", "del", "remove", "destroy"), "rm"),
    **dict.fromkeys(("get", "view", "describe", "cat"), "show"),
    **dict.fromkeys(("update", "patch", "modify"), "set"),
    **dict.fromkeys(("copy", "cp", "clone"), "duplicate"),
    **dict.fromkeys(("move", "mv"), "rename"),
    "ls": "list",
    "log": "history",
}
"""What other programs call the verbs, so that nobody who types `delete` is led to `duplicate`."""

CALLED_ELSEWHERE: Final[dict[str, str]] = {
    "push": "sync --push-only",
    "pull": "sync --pull-only",
    "fetch": "sync --dry-run",
    "clone": "remote add NAME URI, then modelops sync",
    "import": "exchange import",
    "export": "exchange export",
}
"""What people who know other programs type, and what it is called here."""
