"""Pull requests with one head: a check stands on a commit, so it says the worst of what they wait for.

Else an innocent pull request of the same commit, onto another base, would turn the check of the first one green.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.contracts.github import Pull
from bot.workflows.gates.check_runs import Said
from bot.workflows.gates.judge import Gates, judge
from bot.workflows.gates.pull_scene import PullScene, look_at
from bot.workflows.ports import GitHub
from templates import render

RANKS: Final = {"success": 0, "neutral": 0, "action_required": 1, "failure": 2}


@dataclass(frozen=True)
class OnHead:
    """The gates of every open pull request of a head, by number."""

    gates: Mapping[int, Gates]

    @property
    def about(self) -> str:
        """What its checks are for: the oldest pull request, so that all of them keep one and the same check run."""
        return f"pull:{min(self.gates)}"

    def worst(self, said: Mapping[int, Said]) -> Said:
        """What a check says, given what it would say for each pull request alone."""
        number = min(said, key=lambda each: (-RANKS[said[each].conclusion], each))
        if len(self.gates) == 1:
            return said[number]
        one = said[number]
        others = [each for each in sorted(self.gates) if each != number]
        return replace(
            one,
            title=render("checks/shared-head-title.md", number=number, title=one.title).strip()[:255],
            summary=render("checks/shared-head.md", number=number, others=others, summary=one.summary),
        )


async def pulls_of_head(github: GitHub, pull: Pull) -> list[Pull]:
    """The other open pull requests with the very head of this one. Raises ``WorldError``."""
    found = await github.pulls_of_commit(pull.head.sha)
    return [
        each for each in found if each.number != pull.number and each.state == "open" and each.head.sha == pull.head.sha
    ]


async def on_head(scene: PullScene, gates: Gates) -> OnHead:
    """Judges the others beside this one. Raises ``WorldError``."""
    judged = {scene.number: gates}
    github = scene.scene.github
    for other in await pulls_of_head(github, scene.pull):
        found = await look_at(scene.scene, await github.pull(other.number))
        if found is not None:
            judged[other.number] = await judge(found)
    return OnHead(judged)
