"""The API: one room for each thing, JSON in and out, tokens with names, repositories and rights."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.web.api import apply, events, explain, reports, schemas
from bot.web.api.inputs import LARGE, LARGE_AT_ONCE


def add(app: web.Application) -> None:
    """Adds every route below ``/api``."""
    app[LARGE] = asyncio.Semaphore(LARGE_AT_ONCE)
    for room in (apply, events, explain, reports, schemas):
        room.add(app)
