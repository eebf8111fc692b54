"""The pull request of a batch that came without one: opened once, found again by its branch (law 2)."""

from __future__ import annotations

from typing import Any

from bot.contracts.github import Issue, Pull
from bot.reports.markers import Marker, marker_of
from bot.runs.intents import once
from bot.workflows.bodies import fitting
from bot.workflows.landing.land import Landed
from bot.workflows.scene import RepositoryScene
from templates import plain

LABELS = ("graftsman",)


async def open_pull(
    scene: RepositoryScene,
    branch: str,
    landed: Landed,
    issue: Issue | None,
    run: str,
    *,
    asked_by: str,
    undoes: str = "",
) -> int:
    """The number of the branch's pull request; one of this very order that was closed is not opened again."""
    github = scene.github
    subject = landed.reason.partition("\n")[0]
    about = subject or (issue.title if issue is not None else "") or "Apply a patch"
    title = plain(f"Take back: {about}" if undoes else about)[:200]
    fields = {"batch": landed.id[:12], "run": run, **({"issue": str(issue.number)} if issue is not None else {})}
    body = fitting(
        "pulls/patch.md",
        landed.applied.files if landed.applied is not None else (),
        marker=Marker("patch", fields),
        issue=issue.number if issue is not None else None,
        landed=landed,
        asked_by=asked_by,
        reason=landed.reason,
        undoes=undoes,
    )

    async def find() -> dict[str, Any] | None:
        mine = [pull for pull in await github.pulls_from(branch) if pull.user == github.bot_login]
        ours = [pull for pull in mine if pull.state == "open" or run_of(pull) == run]
        return {"number": ours[0].number} if ours else None

    async def make() -> dict[str, Any]:
        pull = await github.create_pull(
            head=branch,
            base=scene.repository.default_branch,
            title=title,
            body=body,
            draft=scene.settings.pulls.draft,
        )
        return {"number": pull.number}

    prefix = f"{github.full_name.lower()}!{branch}/"
    made = await once(scene.ctx.intents, f"{prefix}pull/{run}", find=find, make=make, known_fresh=False)
    number = int(made["number"])
    wanted = (*LABELS, *scene.settings.pulls.labels)

    async def labelled() -> dict[str, Any] | None:
        pull = await github.pull(number)
        return {} if set(wanted) <= set(pull.labels) else None

    async def label() -> dict[str, Any]:
        await github.add_labels(number, wanted)
        return {}

    await once(scene.ctx.intents, f"{prefix}labels/{run}", find=labelled, make=label)
    return number


def run_of(pull: Pull) -> str | None:
    """The run that a pull request was opened by, as its text says; it counts only where the bot wrote that."""
    marker = marker_of(pull.body)
    return marker.fields.get("run") if marker is not None and marker.kind == "patch" else None
