"""Sync with a shared remote: all that a face needs, in one place. It names no database and never prints."""

from __future__ import annotations

from modelops_tui.services.syncing.as_seen import HeldSeen, held_seen, read_choice, type_at
from modelops_tui.services.syncing.checking import sync_log, sync_status, verify_remote
from modelops_tui.services.syncing.chest_resolving import conflict_values
from modelops_tui.services.syncing.choices import (
    Sides,
    nature,
    sides_of,
    takes_a_value,
    takes_both,
    twin_of,
    value_from,
    value_in,
)
from modelops_tui.services.syncing.commits import HistoryGone
from modelops_tui.services.syncing.conflicting import Conflict, FieldConflict, conflicts, show_conflict
from modelops_tui.services.syncing.connecting import connected, remote_of
from modelops_tui.services.syncing.credentials import login_from
from modelops_tui.services.syncing.going_along import went_along
from modelops_tui.services.syncing.recloning import ReclonePlan, plan_reclone, reclone
from modelops_tui.services.syncing.remotes import RemoteSettings, add_remote, remotes, remove_remote, set_remote
from modelops_tui.services.syncing.report import CommitSeen, SyncReport, SyncStatus
from modelops_tui.services.syncing.resolving import Value, resolve
from modelops_tui.services.syncing.session import sync
from modelops_tui.services.syncing.standing import Standing, asks_for_upgrade, conflict_about, standing
from modelops_tui.services.syncing.stopping import Cancelled
from modelops_tui.services.syncing.taking_back import Decision, decide, take_back
from modelops_tui.services.syncing.unsent import Held

__all__ = [
    "Cancelled",
    "CommitSeen",
    "Conflict",
    "Decision",
    "FieldConflict",
    "Held",
    "HeldSeen",
    "HistoryGone",
    "ReclonePlan",
    "RemoteSettings",
    "Sides",
    "Standing",
    "SyncReport",
    "SyncStatus",
    "Value",
    "add_remote",
    "asks_for_upgrade",
    "conflict_about",
    "conflict_values",
    "conflicts",
    "connected",
    "decide",
    "held_seen",
    "login_from",
    "nature",
    "plan_reclone",
    "read_choice",
    "reclone",
    "remote_of",
    "remotes",
    "remove_remote",
    "resolve",
    "set_remote",
    "show_conflict",
    "sides_of",
    "standing",
    "sync",
    "sync_log",
    "sync_status",
    "take_back",
    "takes_a_value",
    "takes_both",
    "twin_of",
    "type_at",
    "value_from",
    "value_in",
    "verify_remote",
    "went_along",
]
