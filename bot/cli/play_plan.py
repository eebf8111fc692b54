"""The demo's play of a plan: it is brought in, what can start starts, and one merge sets others free."""

from __future__ import annotations

from collections import Counter

from bot.cli.play import LATER, SAY, Stage
from bot.playground.records import Issue
from bot.playground.state import Pull


async def play_plan(act: Stage) -> None:
    """Installation, ``/import``, a task that is worked on and merged, and what that sets free."""
    name, repository = act.repository.full_name, act.repository
    SAY.print(f"A GitHub for this machine runs at {act.playground.url}; ada administers {name}, ben may write.")
    SAY.print(f"\n[bold]ada[/] installs Graftsman. {act.manifest} holds a plan with epics and two lanes.")
    owner, _, short = name.partition("/")
    act.playground.install(next(iter(act.playground.world.apps)), owner, [short])
    await act.quiet()
    issue = await act.ada.open_issue(name, "The plan for orders", "All that the order service needs.")
    SAY.print(f"\n[bold]ada[/] opens issue #{issue.number} and says [blue]/import {act.manifest}[/].")
    act.playground.clock.advance(LATER)
    await act.ada.comment(name, issue.number, f"/import {act.manifest}\n")
    await act.quiet()
    _tell(act)
    first = next((pull for pull in repository.pulls if pull.issue.state == "open"), None)
    if first is not None:
        await _work(act, first)
    board = next((one for one in repository.issues.values() if _is_labelled(one, "graftsman/dashboard")), None)
    if board is not None:
        here = f"{act.playground.url}/{name}/issues/{board.number}"
        SAY.print(f"\nThe picture, the lanes, what waits on whom, and boxes that act are on {here}")


async def _work(act: Stage, pull: Pull) -> None:
    """Somebody does the work of a task, and merges it."""
    name = act.repository.full_name
    path = f"work/{pull.number}.md"
    SAY.print(f"\n[bold]ben[/] pushes to {pull.head_ref}, marks #{pull.number} ready for review and merges it.")
    await act.ben.push_files(name, pull.head_ref, {path: b"Done.\n"}, "Do the work")
    await act.ben.ready(name, pull.number)
    await act.quiet()
    await act.ben.merge(name, pull.number)
    await act.quiet()
    _tell(act)


def _tell(act: Stage) -> None:
    """How many tasks stand where, and which pull requests are open."""
    tasks = [one for one in act.repository.issues.values() if one.pull is None and _is_labelled(one, "task")]
    states = Counter(_state(one) for one in tasks)
    told = ", ".join(f"{count} {state.replace('-', ' ')}" for state, count in sorted(states.items()))
    SAY.print(f"  {len(tasks)} tasks: {told}")
    for pull in act.repository.pulls:
        if pull.issue.state == "open":
            who = ", ".join(user.login for user in pull.issue.assignees) or "nobody"
            SAY.print(f"  #{pull.number} {pull.issue.title} ({'draft' if pull.draft else 'ready'}, {who})")


def _state(issue: Issue) -> str:
    found = (label.name.removeprefix("status/") for label in issue.labels if label.name.startswith("status/"))
    return next(found, "without a state")


def _is_labelled(issue: Issue, name: str) -> bool:
    return any(label.name == name for label in issue.labels)
