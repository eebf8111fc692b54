"""The commands, in one place. ``bot.__main__`` hands in how a server is built."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

import typer

from bot import __version__
from bot.cli import demo, doctor, ledger, local, patch, receive, serve, token
from bot.config import ServerSettings


class Running(Protocol):
    """A server that runs."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    async def idle(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Returns when there is nothing left to do."""
        ...

    async def stop(self) -> None:
        """Stops it; what is under way ends or stays wanted."""
        ...


Start = Callable[[ServerSettings], Awaitable[Running]]


def make_cli(start: Start) -> typer.Typer:
    """The command line."""
    app = typer.Typer(
        name="graftsman",
        help="Moves folders and lands patches, one reviewed pull request at a time.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    app.callback()(_options)
    app.command("migrate")(local.migrate_command)
    app.command("rollback")(local.rollback_command)
    app.add_typer(patch.make_app(), name="patch")
    app.command("receive")(receive.receive_command)
    app.command("doctor")(doctor.doctor_command)
    app.add_typer(ledger.make_app(), name="ledger")
    app.add_typer(token.make_app(), name="token")
    _add(app, "serve", serve.make_command(start), "Run the server: webhooks in, pull requests out.")
    _add(app, "demo", demo.make_command(start), demo.HELP)
    return app


def _add(app: typer.Typer, name: str, command: Callable[..., Any], text: str) -> None:
    app.command(name, help=text)(command)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"graftsman {__version__}")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
