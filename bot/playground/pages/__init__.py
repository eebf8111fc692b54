"""Plain pages to look at the playground's GitHub and to act on it as a person: no framework, hardly any script."""

from __future__ import annotations

from aiohttp import web

from bot.playground.pages import (
    checks,
    code,
    compare,
    deliveries,
    edit,
    front,
    issues,
    labels,
    landing,
    merging,
    planning,
    pulls,
    reviewing,
    serve,
    settings,
    ticking,
)
from bot.playground.state import World

ROOMS = (
    *(serve, deliveries, planning, ticking, issues, pulls, reviewing, merging, landing),
    *(compare, checks, labels, settings, edit, code, front),
)
"""In the order in which addresses are tried: the most general ones last."""


def add(app: web.Application, world: World) -> None:
    """Adds the pages to an application, behind the routes that it has already."""
    for room in ROOMS:
        for method, path, handler in room.ROUTES:
            app.router.add_route(method, path, serve.handle(world, handler, posts=method == "POST"))


__all__ = ["add"]
