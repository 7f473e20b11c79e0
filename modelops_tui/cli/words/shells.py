"""`completion`: what a shell needs to complete words and keys. It never fails loudly and never makes a registry."""

from __future__ import annotations

import os
import re
import sys

from modelops_tui.cli.parameters import argument, complete_words
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.errors import WrongUse
from modelops_tui.present.terminal import visible

PROGRAM = "modelops"
SHELLS = ("bash", "zsh", "fish")

BASH = """\
_modelops() {
  local IFS=$'\\n'
  COMPREPLY=($(_MODELOPS_COMPLETE=bash _MODELOPS_LINE="${COMP_LINE:0:COMP_POINT}" \\
    _MODELOPS_BREAKS="$COMP_WORDBREAKS" modelops 2>/dev/null))
  [[ ${COMPREPLY[0]} == *[=:/] ]] && compopt -o nospace
}
complete -o default -F _modelops modelops
"""
ZSH = """\
#compdef modelops
_modelops() {
  local -a values described
  local line value help
  for line in ${(f)"$(_MODELOPS_COMPLETE=zsh _MODELOPS_LINE="${(j: :)words[1,CURRENT]}" modelops 2>/dev/null)"}; do
    value=${line%%$'\\t'*}
    help=${line#"$value"}
    values+=("$value")
    described+=("$value${help/#$'\\t'/  }")
  done
  if (( $#values )); then
    compadd -l -d described -- "${values[@]}"
  else
    _files
  fi
}
compdef _modelops modelops
"""
FISH = """\
function __modelops_complete
    set -lx _MODELOPS_COMPLETE fish
    set -lx _MODELOPS_LINE (commandline -cp)
    modelops 2>/dev/null
end
complete -c modelops -f -a '(__modelops_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def completion_command() -> Verb:
    """`completion`."""
    return Verb(
        "completion",
        "Print what makes a shell complete words, options and keys.",
        _completion,
        [
            argument(
                "shell",
                "bash|zsh|fish",
                "The shell; yours when left out.",
                required=False,
                complete=complete_words(SHELLS),
            )
        ],
        more='For bash: eval "$(modelops completion bash)" in ~/.bashrc.',
    )


def _completion(session: Session, shell: str | None) -> None:
    name = shell or os.environ.get("SHELL", "").rpartition("/")[2]
    if name not in SCRIPTS:
        raise WrongUse(f"There is no completion for the shell {name!r}.", f"There is one for {', '.join(SHELLS)}.")
    session.write(SCRIPTS[name])


def complete(shell: str, session: Session) -> int:
    """Writes what may stand at the end of the line that the shell gives, one a line; gives the exit code 0."""
    try:
        line = os.environ.get("_MODELOPS_LINE", "")
        found = _found(line, session)
        text = _told(found, shell, line)
    except Exception:  # noqa: BLE001
        # Whatever goes wrong, somebody who pressed Tab in the middle of a line must see nothing of it.
        return 0
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError):
        return 0
    return 0


def _found(line: str, session: Session) -> list[tuple[str, str, str]]:
    from typer._click.shell_completion import _resolve_context, _resolve_incomplete

    from modelops_tui.cli.tree import root

    words, last = words_of(line)
    called = next((place for place, word in enumerate(words) if word.endswith(PROGRAM)), 0)
    words = words[called:]
    ctx = _resolve_context(root(), {"obj": session}, "modelops", words[1:])
    asked, begun = _resolve_incomplete(ctx, words[1:], last)
    items = asked.shell_complete(ctx, begun)
    return [(str(item.value), getattr(item, "help", None) or "", last) for item in items]


def words_of(line: str) -> tuple[list[str], str]:
    """The whole words of a line and the one that is being typed, quotes taken off as a shell does."""
    from shlex import shlex

    lexer = shlex(line, posix=True, punctuation_chars="")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        words.append(lexer.token or "")
        return words[:-1], words[-1]
    if not words or line[-1:].isspace():
        return words, ""
    return words[:-1], words[-1]


def _told(found: list[tuple[str, str, str]], shell: str, line: str) -> str:
    lines = []
    in_quotes = line.count('"') % 2 == 1 or line.count("'") % 2 == 1
    for value, says, last in found:
        if "\n" in value or value != visible(value):
            continue
        if shell == "bash":
            lines.append(_for_bash(value[_already(last) :], in_quotes))
        else:
            lines.append(f"{value}\t{' '.join(says.split())}" if says else value)
    return "".join(f"{line}\n" for line in lines)


def _for_bash(value: str, in_quotes: bool) -> str:
    return value if in_quotes else re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)


def _already(typed: str) -> int:
    # Bash takes the signs in COMP_WORDBREAKS for the ends of words, and replaces only what follows the last.
    breaks = os.environ.get("_MODELOPS_BREAKS", "")
    return max((typed.rfind(sign) + 1 for sign in ":=@" if sign in breaks), default=0)
