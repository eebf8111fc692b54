"""Keeping the dashboard issue: made once, edited when it says something else, left alone when a person closed it."""

from __future__ import annotations

import asyncio

from bot.contracts.github import Issue
from bot.planning.tasks.board.ticks import parted
from bot.planning.tasks.model import Graph, Planned
from bot.reports.markers import marker_of
from bot.workflows import names
from bot.workflows.tasks.book import effective
from bot.workflows.tasks.dashboard.board import learn, load_board, save_board
from bot.workflows.tasks.dashboard.expected import foresee
from bot.workflows.tasks.dashboard.find import find_dashboard, make_dashboard
from bot.workflows.tasks.dashboard.view import Shown, dashboard_text, shown_of
from bot.workflows.tasks.pull import END
from bot.workflows.tasks.world import TaskWorld, has_label


def _is_of_review(world: TaskWorld, issue: Issue) -> bool:
    """Whether an issue is one that we opened for a review: of these alone nobody needs a page."""
    marker = marker_of(issue.body)
    return issue.user == world.scene.github.bot_login and marker is not None and marker.kind == "remediation"


async def keep_dashboard(world: TaskWorld, graph: Graph, planned: Planned, forecast_text: str = "") -> None:
    """Makes the dashboard say how things stand; it comes last, as it tells what was done.

    None is made where there is no task, or none but those of reviews. One that a person closed stays closed, and as it
    is, until it is opened again; one that was deleted is made anew. ``forecast_text`` is the merge forecast, in
    Markdown. Raises ``WorldError``.
    """
    if not world.settings.dashboard:
        return
    issue = await find_dashboard(world)
    if issue is None and all(_is_of_review(world, each) for each in world.issues.values()):
        return
    ctx, name = world.scene.ctx, world.scene.github.full_name
    board = await load_board(ctx, name)
    before = board.model_copy(deep=True)
    await learn(ctx, name, board)
    told = effective(world.settings, world.book)
    await asyncio.to_thread(foresee, board, graph, planned, told, world.scene.now)
    shown = shown_of(world, graph, planned, board, forecast_text)
    if issue is None:
        issue, new = await make_dashboard(world, dashboard_text(shown))
        if new:
            board.seen, board.dirty = "", False
    board.closed = issue.state != "open"
    if not board.closed and not has_label(issue.labels, names.DASHBOARD_LABEL):
        await world.scene.github.add_labels(issue.number, (names.DASHBOARD_LABEL,))
    wanted = "" if board.closed else _differing(shown, issue)
    if wanted:  # read once more: an edit of a moment ago is not to be overwritten unseen
        issue = await world.scene.github.issue(issue.number)
        wanted = _differing(shown, issue) if issue.state == "open" else ""
    board.dirty = board.dirty or bool(wanted)
    if board != before:
        await save_board(ctx, name, board)
    if wanted:
        await world.scene.github.edit_issue(issue.number, body=wanted)


def _differing(shown: Shown, issue: Issue) -> str:
    """What the issue should say, where it says something else; else nothing."""
    ours, below = parted(issue.body, END)
    wanted = dashboard_text(shown, below)
    return "" if f"{ours}{below}".strip() == wanted.strip() else wanted
