"""The command ``graftsman``. What a command needs is loaded when it is given: the engine alone starts quickly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cli.app import make_cli

if TYPE_CHECKING:
    from bot.composition import Running
    from bot.config import ServerSettings


async def start(settings: ServerSettings) -> Running:
    """Builds and starts a server: see ``bot.composition.start``."""
    from bot.composition import start as build  # noqa: PLC0415 - the server's libraries take a second to load

    return await build(settings)


def main() -> None:
    """The command line."""
    make_cli(start)(prog_name="graftsman")


if __name__ == "__main__":
    main()
