"""Which key does what. On records s, x, L, p and g belong to areas that are still to come and stay free."""

from __future__ import annotations

from textual.binding import Binding, BindingType

RECORD_KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("slash", "filter", "filter", key_display="/"),
    Binding("colon", "go_to", "go to", key_display=":"),
    Binding("C", "conflict", "conflict", key_display="C"),
    Binding("n", "new", "new"),
    Binding("e", "edit", "edit"),
    Binding("d", "remove", "remove"),
    Binding("u", "undo", "undo"),
    Binding("q", "app.quit", "quit"),
    Binding("r", "references", "refs"),
    Binding("H", "history", "history", key_display="H"),
    Binding("D", "compare", "diff", key_display="D"),
    Binding("f", "find", "find in every kind", show=False),
    Binding("A", "changes", "all changes", key_display="A", show=False),
    Binding("E", "edit_text", "edit as text", key_display="E", show=False),
    Binding("N", "duplicate", "new like this one", key_display="N", show=False),
    Binding("R", "rename", "rename", key_display="R", show=False),
    Binding("y", "copy_key", "copy key", show=False),
    Binding("Y", "copy_json", "copy JSON", key_display="Y", show=False),
    Binding("U", "redo", "redo", key_display="U", show=False),
    Binding("t", "theme", "light or dark", show=False),
    Binding("backspace,ctrl+o", "back", "back along the trail", show=False),
    Binding("S", "sync", "sync", key_display="S"),
    Binding("V", "chest", "open chest", key_display="V"),
    Binding("V", "chests", "treasure chests", key_display="V", show=False),
    Binding("left_square_bracket", "tab(-1)", "tab before", key_display="[", show=False),
    Binding("right_square_bracket", "tab(1)", "next tab", key_display="]", show=False),
]
"""What works on every screen that shows records; a short line shows the first of them."""

BROWSE_KEYS: list[BindingType] = [
    Binding("c", "columns", "columns", show=False),
    Binding("o", "order", "sort by", show=False),
    Binding("a", "all", "deprecated too, or not", show=False),
    Binding("b", "kinds", "kinds shown or folded", show=False),
    Binding("v", "detail", "detail shown or folded", show=False),
    Binding("tab", "pane(1)", "next pane", show=False),
    Binding("shift+tab", "pane(-1)", "pane before", show=False),
    Binding("escape", "leave", "back", show=False),
]
"""What works where kinds and records are browsed."""

CHANGES_KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("escape", "leave", "back"),
    Binding("u", "undo", "take it back"),
    Binding("U", "redo", "redo", key_display="U"),
    Binding("q", "app.quit", "quit"),
]
"""What works where the changes of the whole registry are listed."""

CHEST_KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("escape", "leave", "back"),
    Binding("r", "reveal", "show or hide"),
    Binding("y", "copy", "copy"),
    Binding("n", "put", "put new"),
    Binding("e", "change", "change"),
    Binding("d", "remove", "remove"),
    Binding("s", "people", "share"),
    Binding("u", "unlock", "unlock"),
    Binding("L", "lock", "lock now", key_display="L"),
    Binding("H", "reveals", "who saw it", key_display="H"),
    Binding("N", "new_chest", "new chest", key_display="N", show=False),
    Binding("tab,shift+tab", "pane", "other list", show=False),
    Binding("q", "app.quit", "quit", show=False),
]
"""What works where treasure chests are opened."""

SYNC_KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("escape", "leave", "back"),
    Binding("s", "start", "sync now"),
    Binding("x", "stop", "stop"),
    Binding("p", "unlock", "unlock"),
    Binding("R", "reclone", "begin anew", key_display="R"),
    Binding("U", "upgrade", "send in the newer form", key_display="U"),
    Binding("u", "undo", "undo decision"),
    Binding("r", "plan", "look again"),
    Binding("right_square_bracket", "tab(1)", "next tab", key_display="]"),
    Binding("left_square_bracket", "tab(-1)", "tab before", key_display="[", show=False),
    Binding("tab", "tab(1)", "next tab", show=False),
    Binding("shift+tab", "tab(-1)", "tab before", show=False),
    Binding("a", "times", "by itself"),
    Binding("n", "name", "name a remote"),
    Binding("e", "change", "change remote"),
    Binding("v", "verify", "verify"),
    Binding("F", "forget", "forget remote", key_display="F", show=False),
    Binding("q", "app.quit", "quit", show=False),
]
"""What works where a home is synced with its remote."""

CONFLICT_KEYS: list[BindingType] = [
    Binding("question_mark", "help", "help", key_display="?"),
    Binding("escape", "leave", "back"),
    Binding("m", "take('mine')", "mine"),
    Binding("t", "take('theirs')", "theirs"),
    Binding("b", "take('both')", "both"),
    Binding("e", "edit", "edit"),
    Binding("M", "take_all('mine')", "all mine", key_display="M"),
    Binding("T", "take_all('theirs')", "all theirs", key_display="T"),
    Binding("m", "keep('mine')", "keep it"),
    Binding("m", "let_go('mine')", "remove it"),
    Binding("t", "keep('theirs')", "keep it"),
    Binding("t", "let_go('theirs')", "remove it"),
    Binding("s", "same", "the same one"),
    Binding("m", "rename('mine')", "rename mine"),
    Binding("t", "rename('theirs')", "rename theirs"),
    Binding("f", "number('fork')", "fork: keep my parent"),
    Binding("g", "number('merge')", "merge: theirs is my parent"),
    Binding("t", "drop", "drop mine"),
    Binding("n", "other(1)", "next"),
    Binding("N,p", "other(-1)", "before", key_display="p"),
    Binding("u", "undo", "undo"),
    Binding("o", "open", "open record", show=False),
    Binding("tab,shift+tab", "pane", "fields or values", show=False),
    Binding("q", "app.quit", "quit", show=False),
]
"""What works where conflicts are decided; which of the keys that are there more than once depends on the conflict."""

FILTER_HELP = """\
Plain words: each must occur somewhere in the record, whatever its case.
    iris night
Expressions over fields, also through references:
    task.state == "FINISHED" and details.metrics.auc > 0.9
    project.name like "iris-*"      name ~ "night-[0-9]+"
    created_at > ago("7d")          desc == null
    "nightly" in tags               not (state in ["FAILED", "CANCELLED"])
While an expression is half typed the last good list stays, and what is wrong stands below it.
"""
