"""The App, from the server's settings: for the server, the demo and the doctor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.config import ServerSettings
from bot.errors import UsageError
from bot.git.writer import Person
from bot.github.app import App
from bot.github.settings import AppSettings


@asynccontextmanager
async def open_app(settings: ServerSettings) -> AsyncIterator[App]:
    """The App with an HTTP session of its own. Raises ``UsageError`` for settings that cannot be right."""
    try:
        made = AppSettings(
            issuer=settings.issuer(),
            private_key=SecretStr(settings.key()),
            api_url=settings.api_url,
            graphql_url=settings.graphql_url,
            web_url=settings.web_url,
            git_url=settings.git_url,
            scale=settings.pace,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    async with aiohttp.ClientSession() as session:
        yield App(made, session)


async def bot_person(app: App, settings: ServerSettings) -> Person:
    """Whom the bot's commits name: its own account on that GitHub."""
    slug = (await app.app()).slug
    host = urlsplit(settings.web_url).hostname or "github.com"
    return Person(f"{slug}[bot]", f"{slug}[bot]@users.noreply.{host}")
