"""Why a pull request is blocked, who can unblock it, and what would happen if somebody approved it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.contracts.explain import Explanation
from bot.errors import Refusal
from bot.planning.approvals import Decision, what_if
from bot.planning.explain import to_contract
from bot.planning.merging import decide
from bot.workflows.context import Context
from bot.workflows.gates.judge import Gates, judge
from bot.workflows.gates.merge import facts_of
from bot.workflows.gates.pull_scene import PullScene, look_at
from bot.workflows.gates.say import tree_text
from bot.workflows.scene import repository_scene
from templates import render

GONE = 404


@dataclass(frozen=True)
class Explained:
    """The gates as they are, and as they would be with one more approval."""

    scene: PullScene
    gates: Gates
    login: str = ""
    would_be: Decision | None = None


async def explained(scene: PullScene, login: str = "") -> Explained:
    """Judges a pull request; ``login`` asks what an approval by that person would change. Raises ``WorldError``."""
    gates = await judge(scene, ask_about=[login] if login else ())
    would_be = what_if(scene.scene.settings.approvals, gates.facts, login) if login else None
    return Explained(scene, gates, login, would_be)


async def explain_text(scene: PullScene, login: str = "") -> str:
    """The answer to ``/explain [@login]``, in Markdown."""
    told = await explained(scene, login)
    merging = decide(scene.scene.settings.merging, await facts_of(scene, told.gates, ordered=False))
    return render(
        "comments/explain-pull.md",
        decision=told.gates.decision,
        tree=tree_text(told.gates.decision, 8_000) if told.gates.decision.requirements else "",
        login=login,
        would_be=told.would_be,
        would_be_tree=tree_text(told.would_be, 6_000) if told.would_be is not None else "",
        ruled_out=ruled_out(told),
        spec=told.gates.spec,
        waivers=told.gates.waivers[:20],
        held=told.gates.held,
        next=render("comments/merging/next.md", action=merging.action, because=merging.because, refused="").strip(),
    )


def ruled_out(told: Explained) -> str:
    """Why an approval by the person who is asked about would count for nothing, if it would not."""
    if told.would_be is None:
        return ""
    counted = any(each.user.lower() == told.login.lower() for r in told.would_be.requirements for each in r.given)
    if counted or not told.would_be.requirements:
        return ""
    why = [each.why for each in told.would_be.ignored if each.user.lower() == told.login.lower()]
    return why[-1] if why else "not-eligible"


async def explain_for_api(ctx: Context, installation: int, full_name: str, number: int, login: str) -> Explanation:
    """The same for programs. Raises ``Refusal`` (``pull-missing``, ``not-onboarded``), ``WorldError``."""
    github = ctx.github(installation, full_name)
    async with repository_scene(ctx, github) as scene:
        if scene is None:
            raise Refusal("not-onboarded", values={"repository": full_name})
        try:
            pull = await github.pull(number)
        except Exception as error:
            if getattr(error, "status", None) == GONE:
                raise Refusal("pull-missing", values={"pull": number}) from None
            raise
        found = await look_at(scene, pull)
        if found is None:
            raise Refusal("pull-missing", values={"pull": number})
        told = await explained(found, login)
        return await asyncio.to_thread(_contract, told)


def _contract(told: Explained) -> Explanation:
    return to_contract(
        told.gates.decision,
        repository=told.scene.scene.github.full_name,
        pull=told.scene.number,
        head=told.scene.pull.head.sha,
        would_be=told.would_be,
        login=told.login,
    )
