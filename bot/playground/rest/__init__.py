"""GitHub's REST API. Each module registers its endpoints; ``all_routes`` gathers them."""

from __future__ import annotations

from bot.playground.rest import (
    apps,
    checks,
    commits,
    contents,
    gitdata,
    issues,
    labels,
    limits,
    pulls,
    repos,
    reviews,
    timeline,
)
from bot.playground.rest.routing import Route


def all_routes() -> list[Route]:
    """Every endpoint there is."""
    modules = (apps, checks, commits, contents, gitdata, issues, labels, limits, pulls, repos, reviews, timeline)
    return [route for module in modules for route in module.ROUTES.routes]
