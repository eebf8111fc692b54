"""``graftsman serve``: one process that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from bot.cli.outcome import WORDS, ending
from bot.config import ServerSettings, server_settings


def make_command(start: Callable[[ServerSettings], Awaitable[Any]]) -> Callable[[], None]:
    """The command, given how a server is built."""

    def serve_command() -> None:
        """Run the server: webhooks in, pull requests out."""
        ending(lambda: asyncio.run(_serve(start, server_settings())))

    return serve_command


async def _serve(start: Callable[[ServerSettings], Awaitable[Any]], settings: ServerSettings) -> None:
    running = await start(settings)
    WORDS.print(f"graftsman listens on {running.url}", markup=False)
    try:
        await told_to_stop()
    finally:
        await running.stop()


async def told_to_stop() -> None:
    """Returns at the first SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    await stop.wait()
