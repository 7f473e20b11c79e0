"""Ways in which sync could be wrong. Each must be noticed by the random work on laptops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.ports_remote import AppendConflict
from modelops_tui.services.syncing import landing, recloning, session, unsent
from modelops_tui.services.syncing.books import Books
from modelops_tui.services.syncing.collisions import Collisions
from modelops_tui.services.syncing.landing import Landing
from modelops_tui.services.syncing.sending import commit_in
from modelops_tui.services.syncing.session import Session
from modelops_tui.services.syncing.showing import Showing
from modelops_tui.store import bases, rules

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]


def what_was_sent_is_clean_whatever_happened_meanwhile(patch: Patch) -> None:
    former = session.acknowledge

    def acknowledge(transaction: Any, entry: Any, unchanged: Any = None) -> Any:
        changes = former(transaction, entry, unchanged)
        for change in changes:
            Books(transaction).drop_base((change.kind, change.id))
        return changes

    patch.setattr(session, "acknowledge", acknowledge)


def what_a_new_log_lacks_counts_as_sent(patch: Patch) -> None:
    former = recloning._forget_head
    patch.setattr(
        recloning, "_forget_head", lambda books, key, folded: former(books, key, folded) if key in folded else None
    )


def theirs_wins_a_clash(patch: Patch) -> None:
    patch.setattr(landing, "merge", lambda kind, base, mine, theirs: (dict(theirs), []))


def mine_wins_a_clash(patch: Patch) -> None:
    former = landing.merge
    patch.setattr(landing, "merge", lambda *sides: (former(*sides)[0], []))


def mine_wins_the_whole_document(patch: Patch) -> None:
    patch.setattr(landing, "merge", lambda kind, base, mine, theirs: (dict(mine), []))


def edits_are_not_noticed_when_taking_in(patch: Patch) -> None:
    patch.setattr(landing, "base_of", lambda reader, key: None)


def a_removal_beats_an_edit(patch: Patch) -> None:
    former = Landing._take_removal
    patch.setattr(Landing, "_take_removal", lambda self, key, record, mine: former(self, key, record, None))


def an_edit_beats_a_removal_unasked(patch: Patch) -> None:
    def take(self: Landing, key: Any, record: Any, theirs: Any) -> None:
        self.after[key], self._bases[key] = theirs, theirs

    patch.setattr(Landing, "_take_edit_of_removed", take)


def pointers_are_not_kept_whole(patch: Patch) -> None:
    patch.setattr(Landing, "_keep_pointers_whole", lambda self: None)


def names_are_not_looked_at(patch: Patch) -> None:
    patch.setattr(Collisions, "settle", lambda self, keys: None)


def names_are_never_given_back(patch: Patch) -> None:
    patch.setattr(Collisions, "release", lambda self: None)


def nothing_is_held_back(patch: Patch) -> None:
    patch.setattr(session, "hold_back", lambda *args: None)


def conflicts_are_sent(patch: Patch) -> None:
    patch.setattr(unsent, "conflict_records", lambda reader: [])


def the_outbox_is_forgotten(patch: Patch) -> None:
    def run(self: Session, **options: Any) -> None:
        with self.writing("forget") as transaction:
            Books(transaction).drop_outbox()
        former(self, **options)

    former = Session._run
    patch.setattr(Session, "_run", run)


def a_taken_number_counts_as_sent(patch: Patch) -> None:
    former = Session._send

    def send(self: Session, entry: Any) -> bool:
        class Deaf:
            def append(inner, entry: Any) -> None:
                try:
                    remote.append(entry)
                except AppendConflict:
                    return

        remote, self.remote = self.remote, Deaf()  # type: ignore[assignment]
        try:
            return former(self, entry)
        finally:
            self.remote = remote

    patch.setattr(Session, "_send", send)


def the_checkpoint_moves_before_the_documents(patch: Patch) -> None:
    former = Session._take_in

    def take_in(self: Session, entries: Any) -> None:
        state = self.state
        last = entries[-1].head
        with self.writing("too early") as transaction:
            Books(transaction).set_state(checkpoint=last.n, hash=last.hash)
        with self.writing("again") as transaction:
            Books(transaction).set_state(checkpoint=state["checkpoint"], hash=state["hash"])
        former(self, entries)

    patch.setattr(Session, "_take_in", take_in)


def every_edit_takes_a_new_base(patch: Patch) -> None:
    def keep(transaction: Any) -> None:
        if transaction.get(bases.STATE, bases.STATE_ID) is None:
            return
        for change in transaction.changes():
            if change.kind not in bases.BOOKS:
                before = travelling(BY_NAME[change.kind], change.before) if change.before else None
                bases.put_base(transaction, change.kind, change.id, before)

    patch.setattr(rules, "keep_bases", keep)


def no_base_is_kept(patch: Patch) -> None:
    patch.setattr(rules, "keep_bases", lambda transaction: None)


def the_outbox_is_sent_with_the_next_number(patch: Patch) -> None:
    def renumbered(outbox: Any) -> Any:
        entry = former(outbox)
        return entry._replace(head=entry.head._replace(n=entry.head.n + 1))

    former = commit_in
    patch.setattr(session, "commit_in", renumbered)


def what_was_never_sent_counts_as_known_once_it_is_edited(patch: Patch) -> None:
    patch.setattr(bases, "never_sent", lambda reader, kind, id: False)


def what_was_never_sent_is_not_named_before_others_come(patch: Patch) -> None:
    patch.setattr(Books, "name_never_sent", lambda self: None)


def views_count_as_shown_when_they_failed(patch: Patch) -> None:
    former = Showing._write

    def write(self: Showing, commits: Any) -> None:
        try:
            former(self, commits)
        except Exception:
            self._written.update(n for n, _ in commits)
            self._advance()

    patch.setattr(Showing, "_write", write)


MUTANTS: list[Mutant] = [
    what_was_sent_is_clean_whatever_happened_meanwhile,
    theirs_wins_a_clash,
    mine_wins_a_clash,
    mine_wins_the_whole_document,
    edits_are_not_noticed_when_taking_in,
    a_removal_beats_an_edit,
    an_edit_beats_a_removal_unasked,
    pointers_are_not_kept_whole,
    names_are_not_looked_at,
    names_are_never_given_back,
    nothing_is_held_back,
    conflicts_are_sent,
    the_outbox_is_forgotten,
    a_taken_number_counts_as_sent,
    the_checkpoint_moves_before_the_documents,
    every_edit_takes_a_new_base,
    no_base_is_kept,
    the_outbox_is_sent_with_the_next_number,
    what_was_never_sent_counts_as_known_once_it_is_edited,
    what_was_never_sent_is_not_named_before_others_come,
    views_count_as_shown_when_they_failed,
]
