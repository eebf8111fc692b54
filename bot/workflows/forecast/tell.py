"""Tells a pull request of Graftsman's own that another one, which goes ahead of it, will collide with it.

It stands in the status comment, and is taken away when it is no longer true. People's own pull requests get no comment
for it: theirs is on the dashboard.
"""

from __future__ import annotations

import hashlib
from typing import Final

from bot.planning.merge_order import Step
from bot.workflows.alone import alone
from bot.workflows.bodies import rows_text
from bot.workflows.forecast.read import MergeForecast
from bot.workflows.scene import RepositoryScene
from bot.workflows.status_comment import show

MOST_TEXT: Final = 10_000
"""Bytes that it takes of the comment at most."""


async def tell_pulls(scene: RepositoryScene, forecast: MergeForecast) -> None:
    """Brings what is told on each pull request up to date; where nothing changed, nothing is asked or written.

    Raises ``WorldError``.
    """
    ctx, github = scene.ctx, scene.github
    key = f"forecast-told:{github.full_name.lower()}"
    told: dict[str, str] = await ctx.memory.get(key) or {}
    due = dict.fromkeys(map(int, told), "")
    for step in forecast.order.steps:
        if forecast.pulls[step.key].user == github.bot_login:
            due[step.key] = ahead_text(forecast, step)
    for number, text in due.items():
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16] if text else ""
        if told.get(str(number), "") == digest:
            continue
        with alone(github.full_name, number):
            await show(ctx, github, number, "forecast", text)
            told = {**told, str(number): digest}
            if not text:
                del told[str(number)]
            await ctx.memory.set(key, told)


def ahead_text(forecast: MergeForecast, step: Step) -> str:
    """What one pull request is told: those ahead of it that collide with it, where, and what to do; may be nothing."""
    if not step.after:
        return ""
    met = forecast.met[step.key]
    rows = [(met[other], forecast.pulls[other], other in step.waits_for) for other in step.after]
    return rows_text("comments/forecast.md", rows, limit=MOST_TEXT, base=forecast.base, count=len(rows))
