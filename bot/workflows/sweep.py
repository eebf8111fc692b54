"""The sweep: every repository of every installation is looked at, told or not (law 1), and the cache is kept small."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bot.errors import WorldError
from bot.git.mirrors import Mirrors
from bot.github.app import App
from bot.github.missed import missed_deliveries
from bot.runs.queue import Target

LOOK_BACK = timedelta(hours=12)
"""How far back missed deliveries are asked for again; GitHub keeps about three days."""
log = structlog.get_logger(__name__)


async def sweep(app: App, mirrors: Mirrors) -> list[Target]:
    """A target for every repository that the App reaches; asks for missed deliveries. Raises ``WorldError``."""
    found = []
    for installation in await app.installations():
        if installation.suspended_at is None:
            repositories = await app.installation_repositories(installation.id)
            found += [Target("repository", one.full_name, one.full_name, installation.id) for one in repositories]
    try:
        await missed_deliveries(app, app.now() - LOOK_BACK)
    except WorldError as error:
        # The sweep itself does the work of a missed delivery; this only saves the wait for the next one.
        log.info("missed deliveries were not asked for", error=str(error))
    await asyncio.to_thread(mirrors.evict)
    return found
