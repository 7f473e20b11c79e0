"""`sync reclone`: beginning anew with a remote that lost its history, or is another one. It drops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelops_tui.cli.output import form_of
from modelops_tui.cli.parameters import flag, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.mending import count_of

if TYPE_CHECKING:
    from modelops_tui.services.sync import ReclonePlan


def reclone_command() -> Verb:
    """`sync reclone`."""
    return Verb(
        "reclone",
        "Begin anew with what the remote holds now, compared with what is here document by document, after showing "
        "what that comes to. Nothing that is here is dropped.",
        _reclone,
        [flag("--yes", "-y", says="Do not ask."), *output_options()],
        more="For a remote that was emptied, restored from a backup or rewritten. It ends as sync does.",
    )


def _reclone(session: Session, yes: bool, output: str | None, as_json: bool) -> None:
    from modelops_tui.cli.interruption import stoppable
    from modelops_tui.cli.progress import telling
    from modelops_tui.cli.words.reaching import looking, reached
    from modelops_tui.cli.words.sync import end_with, write_outcome
    from modelops_tui.services.sync import plan_reclone, reclone

    form = form_of(output, as_json)
    with reached(session) as remote:
        with looking(session) as (tell, stop):
            plan = plan_reclone(session.home, remote, tell, stop)
        for line in plan_lines(plan):
            session.say(line)
        if not yes and not session.agree(f"Begin anew with {plan.remote}?", "--yes"):
            session.say("Nothing was changed.")
            return
        with stoppable() as stop, telling() as tell:
            report = reclone(session.home, remote, tell=tell, cancelled=stop)
    write_outcome(session, report, form)
    end_with(session, report)


def plan_lines(plan: ReclonePlan) -> list[str]:
    """What beginning anew comes to, in sentences."""
    there = f"{count_of(plan.there, 'document')} in {count_of(plan.commits, 'commit')}"
    lines = [f"The remote {plan.remote} holds {there}."]
    parts = (
        (plan.same, "the same on both sides"),
        (plan.only_there, "only there: taken in"),
        (plan.only_here, "only here: sent"),
        (plan.differ, "different: merged where one side alone changed, else you are asked"),
        (plan.removed_there, "removed there: removed here, unless changed here since"),
        (plan.removed_here, "removed here: removed there, unless changed there since"),
    )
    lines += [f"  {count:>7,}  {says}" for count, says in parts if count]
    if plan.under_way:
        lines.append("  A commit that was being sent is made anew.")
    return lines
