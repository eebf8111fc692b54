"""Why a pull request is blocked, who can unblock it, and what would happen if somebody approved it."""

from __future__ import annotations

from bot.contracts.explain import Explanation
from bot.errors import Refusal, WorldError
from bot.planning.approvals import what_if
from bot.planning.explain import Suppositions, to_contract
from bot.planning.merging import decide
from bot.workflows.context import Context
from bot.workflows.gates.judge import Gates, judge
from bot.workflows.gates.merge import facts_of
from bot.workflows.gates.pull_scene import PullScene, look_at
from bot.workflows.gates.say import tree_text
from bot.workflows.scene import repository_scene
from templates import render

MOST_TREE = 12_000
"""Bytes of the tree in an answer to a command."""


async def explained(scene: PullScene, login: str = "") -> tuple[Gates, Suppositions]:
    """The gates as they are, and what an approval by ``login`` would change. Raises ``WorldError``."""
    gates = await judge(scene, ask_about=[login] if login else ())
    return gates, [(login, what_if(scene.scene.settings.approvals, gates.facts, login))] if login else []


async def explain_text(scene: PullScene, login: str = "") -> str:
    """The answer to ``/explain [@login]``, in Markdown."""
    gates, supposed = await explained(scene, login)
    merging = decide(scene.scene.settings.merging, await facts_of(scene, gates, ordered=False))
    return render(
        "comments/orders/explain.md",
        decision=gates.decision,
        tree=tree_text(gates.decision, MOST_TREE, supposed),
        spec=gates.spec,
        waivers=gates.waivers[:20],
        held=gates.held,
        next=render("comments/merging/next.md", action=merging.action, because=merging.because, refused="").strip(),
    )


async def explain_for_api(ctx: Context, installation: int, full_name: str, number: int, login: str) -> Explanation:
    """The same for programs. Raises ``Refusal`` (``pull-missing``, ``not-onboarded``), ``WorldError``."""
    github = ctx.github(installation, full_name)
    async with repository_scene(ctx, github) as scene:
        if scene is None:
            raise Refusal("not-onboarded", values={"repository": full_name})
        try:
            found = await look_at(scene, await github.pull(number))
        except WorldError as error:
            if getattr(error, "status", None) not in {404, 410}:
                raise
            found = None
        if found is None:
            raise Refusal("pull-missing", values={"pull": number})
        gates, supposed = await explained(found, login)
        return to_contract(gates.decision, supposed)
