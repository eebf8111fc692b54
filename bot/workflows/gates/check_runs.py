"""A check run that is kept up to date on a pull request's head: always concluded, never doubled (FACTS.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.contracts.github import Annotation, CheckAction, CheckRun
from bot.errors import WorldError
from bot.workflows.context import Context
from bot.workflows.ports import GitHub
from templates import render

GONE = frozenset({404, 422})
"""A head that was deleted takes no check any more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a check run says. The texts keep GitHub's limits already."""

    conclusion: str
    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    actions: tuple[CheckAction, ...] = ()

    @property
    def digest(self) -> str:
        """Equal for two that say the same."""
        told = [self.conclusion, self.title, self.summary, self.text, [each.model_dump() for each in self.actions]]
        return hashlib.sha256(json.dumps([told, self.marks]).encode("utf-8", "replace")).hexdigest()[:24]

    @property
    def marks(self) -> str:
        """Equal for two with the same annotations: these can only be added to, never taken away."""
        told = json.dumps([each.model_dump() for each in self.annotations])
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24]


UNMARKED: Final = Said("", "", "").marks
"""The marks of a check run without annotations: any can be added to it."""


def is_ours(github: GitHub, run: CheckRun) -> bool:
    """Whether our App made a check run: any App may give one our name."""
    return run.app is not None and f"{run.app}[bot]" == github.bot_login


async def known_check(ctx: Context, github: GitHub, about: str, name: str) -> bool:
    """Whether a check of this name was kept for this before."""
    return await ctx.memory.get(_key(github, about, name)) is not None


async def forget_check(ctx: Context, github: GitHub, about: str, name: str) -> None:
    """Forgets what a check was kept to say, where another one says it now: it is looked up when it is needed again."""
    if await known_check(ctx, github, about, name):
        await ctx.memory.delete(_key(github, about, name))


async def keep_check(ctx: Context, github: GitHub, about: str, sha: str, name: str, said: Said) -> None:
    """Makes the check run of a name on a head say this. ``about`` names what it is for, and is its external id.

    What it says already is not said again. Raises ``WorldError``.
    """
    key = _key(github, about, name)
    known: dict[str, Any] = await ctx.memory.get(key) or {}
    if known.get("sha") == sha and known.get("digest") == said.digest:
        return
    if known and known.get("sha") != sha:
        await conclude(github, str(known["sha"]), (name,), head=sha)
    try:
        made = await _say(github, about, sha, name, said, known if known.get("sha") == sha else None)
    except WorldError as error:
        if getattr(error, "status", None) not in GONE:
            raise
        return
    await ctx.memory.set(key, {"sha": sha, "id": made, "digest": said.digest, "marks": said.marks})


async def _say(github: GitHub, about: str, sha: str, name: str, said: Said, known: dict[str, Any] | None) -> int:
    if known is None:
        runs = [run for run in await github.check_runs(sha, name) if is_ours(github, run)]
        # One whose words are not known here may have other annotations: it is said anew, and the newest one counts.
        if runs and not runs[0].annotations:
            known = {"id": runs[0].id, "marks": said.marks}
    elif known.get("marks") == UNMARKED and not (await github.check_run(int(known["id"]))).annotations:
        known = {**known, "marks": said.marks}
    told: dict[str, Any] = {
        "conclusion": said.conclusion,
        "title": said.title[:255],
        "summary": said.summary,
        "text": said.text,
        "annotations": said.annotations,
        "actions": said.actions,
    }
    if known is not None and known.get("marks") == said.marks:
        await github.update_check(int(known["id"]), **told)
        return int(known["id"])
    return (await github.create_check(name=name, sha=sha, external_id=about, **told)).id


def _key(github: GitHub, about: str, name: str) -> str:
    return f"check-run:{github.full_name.lower()}/{about}/{name}"


async def conclude(github: GitHub, sha: str, names: Sequence[str], *, head: str, external_id: str = "") -> None:
    """Concludes our check runs on a commit that was superseded by ``head``, where a kill had left one in progress.

    ``external_id``: only those that carry it. A commit that is gone holds none. Raises ``WorldError``.
    """
    said = render("checks/superseded.md", head=head)
    try:
        for name in names:
            for run in await github.check_runs(sha, name, latest=False):
                mine = is_ours(github, run) and external_id in {"", run.external_id}
                if mine and run.status != "completed":
                    await github.update_check(run.id, conclusion="cancelled", title=said, summary=said)
    except WorldError as error:
        if getattr(error, "status", None) not in GONE:
            raise
