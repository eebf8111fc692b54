"""A merge queue's group: every check of ours is answered on its own head, or the queue would stall (FACTS.md)."""

from __future__ import annotations

from bot.contracts.github import CheckRun, Pull
from bot.errors import Refusal
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.gates.check_runs import Said, is_ours, keep_check
from bot.workflows.gates.judge import Gates, judge
from bot.workflows.gates.pull_scene import look_at
from bot.workflows.gates.say import approvals_said, gates_there, unreadable
from bot.workflows.ports import GitHub
from bot.workflows.scene import repository_scene
from templates import render


async def reconcile_merge_group(ctx: Context, target: Target) -> None:
    """Answers every check of ours that the pull request's head has on the head of the group.

    ``target.key`` is ``owner/name#pull!head``.
    What is judged is judged anew: a review may have been dismissed in the queue. Raises ``WorldError``.
    """
    number, _, head = target.key.rpartition("#")[2].partition("!")
    github = ctx.github(target.installation, target.repository)
    pull = await github.pull(int(number))
    try:
        await _answer(ctx, github, pull, head)
    except Refusal as refusal:  # the settings cannot be read: that opens no gate, and lets no queue wait
        about = f"group:{pull.number}"
        for name in await gates_there(ctx, github, f"pull:{pull.number}", pull.head.sha):
            await keep_check(ctx, github, about, head, name, unreadable(refusal))


async def _answer(ctx: Context, github: GitHub, pull: Pull, head: str) -> None:
    async with repository_scene(ctx, github) as scene:
        if scene is None:
            return
        found = await look_at(scene, pull)
        gates = await judge(found) if found is not None else None
        runs = {run.name: run for run in await github.check_runs(pull.head.sha) if is_ours(github, run)}
        wanted = set(runs) | ({names.APPROVALS_CHECK} if scene.settings.approvals else set())
        if gates is not None and gates.spec.said is not None:
            wanted.add(names.SPEC_CHECK)
        for name in sorted(wanted):
            said = _said(name, gates, runs.get(name), pull.number)
            await keep_check(ctx, github, f"group:{pull.number}", head, name, said)


def _said(name: str, gates: Gates | None, run: CheckRun | None, number: int) -> Said:
    if name == names.APPROVALS_CHECK and gates is not None:
        said = approvals_said(gates.decision)
        # Nobody can act on a group: what is missing throws it out, and the pull request says what to do.
        return said if said.conclusion == "success" else Said("failure", said.title, said.summary)
    if name == names.SPEC_CHECK and gates is not None and gates.spec.said is not None:
        return Said(gates.spec.said.conclusion, gates.spec.said.title, gates.spec.said.summary)
    conclusion = (run.conclusion if run is not None else None) or "failure"
    title = render("checks/group-title.md", pull=number, conclusion=conclusion)
    return Said(conclusion if gates is not None else "failure", title, title)
