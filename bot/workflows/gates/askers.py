"""Who asked for a change, and who put something into its branch: none of them approves it (law 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from bot.contracts.github import Activity
from bot.workflows.authorise import who_asked
from bot.workflows.base_merges import brings_base_onto
from bot.workflows.gates.pull_scene import PullScene
from bot.workflows.governing import NOBODY
from bot.workflows.migrations.records import load_record
from bot.workflows.names import BUTTONS, MIGRATION_LABEL
from bot.workflows.orders.order_records import load_orders
from bot.workflows.tasks.authority import who_asked_for_task

MOST_MERGES: Final = 50
"""So many merges of the base branch in one push are looked through; with more, whoever pushed contributed."""


async def requesters_of(scene: PullScene) -> frozenset[str]:
    """Who asked for the change: the starter of its migration or task, who ordered its patches, whoever opened it."""
    asked = {scene.pull.user}
    ctx, github = scene.scene.ctx, scene.scene.github
    for issue in scene.issues:
        # Asked of the timeline whether the label still stands or not: taking it off takes nothing back.
        asked |= await who_asked(ctx, github, issue.number, MIGRATION_LABEL)
        asked |= await who_asked_for_task(ctx, github, issue.number)
        begun = await load_record(ctx, github.full_name, issue.number)
        asked |= {begun.started_by, *begun.asked} if begun is not None else set()
    for number in {scene.number, *(issue.number for issue in scene.issues)}:
        for record in await load_orders(ctx, github.full_name, number):
            about = record.pull in {None, scene.number} or number == scene.number
            # Who has a reviewer's own word recorded asks for no change: the buttons write what follows from the specs.
            if record.state in {"applied", "rolled-back"} and about and record.command not in BUTTONS:
                asked |= {record.by, record.editor}
    return frozenset(login for login in asked if login)


async def contributors_of(scene: PullScene) -> frozenset[str]:
    """Who put something into the branch: authors and committers of its commits, and who pushed to it.

    An author's name stands in a commit as whoever made it wrote it; who pushed it is GitHub's own word, also of what
    was pushed before the pull request was opened. Merging the base branch in, as GitHub's button does, contributes
    nothing.
    """
    github, repository = scene.scene.github, scene.scene.mirror.repository
    found: set[str] = set()
    for commit in await github.pull_commits(scene.number):
        if not await asyncio.to_thread(only_brings_the_base, scene, commit.oid):
            found |= {login for login in (commit.author, commit.committer) if login is not None}
    if not scene.fork:
        for move in _since_it_began(scene, await github.activity(f"refs/heads/{scene.pull.head.ref}")):
            there = await asyncio.to_thread(repository.has, move.after)
            if there and await asyncio.to_thread(repository.is_ancestor, move.after, scene.base.oid):
                continue  # where the branch began, or what the base branch has by now
            if not there and move.at < scene.pull.created_at:
                continue  # thrown away before there was a pull request
            if not there or not await asyncio.to_thread(only_brings_the_base, scene, move.after, move.before):
                found.add(move.actor)
    return frozenset(found - NOBODY - {github.bot_login, github.bot_login.removesuffix("[bot]")})


def _since_it_began(scene: PullScene, moves: Sequence[Activity]) -> Iterator[Activity]:
    """The movements of the branch that the pull request was opened for, newest first; not those of an earlier one."""
    for move in moves:
        yield move
        if move.kind == "branch_creation" and move.at <= scene.pull.created_at:
            return


def only_brings_the_base(scene: PullScene, oid: str, onto: str | None = None) -> bool:
    """Whether a commit merges the base branch in and holds exactly what that gives by itself.

    ``onto``: the head before it was pushed; all that lies between the two must be such merges.
    """
    repository = scene.scene.mirror.repository
    with repository.writer() as writer:
        for _ in range(MOST_MERGES):
            if not repository.has(oid):
                return False
            first = brings_base_onto(repository, writer, repository.commit_info(oid), scene.tip.oid)
            if first is None:
                return False
            if onto is None or first == onto:
                return True
            oid = first
    return False
