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
    relations,
    repos,
    reviews,
    teams,
    timeline,
)
from bot.playground.rest.routing import Route


def all_routes() -> list[Route]:
    """Every endpoint there is."""
    core = (apps, checks, commits, contents, gitdata, issues, labels, limits)
    people = (pulls, relations, repos, reviews, teams, timeline)
    return [route for module in (*core, *people) for route in module.ROUTES.routes]
