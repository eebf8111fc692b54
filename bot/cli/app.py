"""The commands, in one place, each loaded when it is asked for. ``bot.__main__`` hands in how a server is built."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol

import typer
from typer.core import TyperGroup

from bot import __version__

if TYPE_CHECKING:
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


Start = Callable[["ServerSettings"], Awaitable[Running]]

COMMANDS: Final = {
    "migrate": "bot.cli.local:migrate_command",
    "patch": "bot.cli.patch:make_app",
    "rollback": "bot.cli.local:rollback_command",
    "spec-guard": "bot.cli.spec_guard:spec_guard_command",
    "tasks": "bot.cli.tasks:make_app",
    "ledger": "bot.cli.ledger:make_app",
    "serve": "bot.cli.serve:make_command",
    "doctor": "bot.cli.doctor:doctor_command",
    "receive": "bot.cli.receive:receive_command",
    "token": "bot.cli.token:make_app",
    "demo": "bot.cli.demo:make_command",
}
"""Where each command is: a function, or what makes one (given how a server is built) or a group of them."""


def make_cli(start: Start | None) -> TyperGroup:
    """The command line. Without ``start`` no server can be started: for those who only look at the commands."""
    app = typer.Typer(
        name="graftsman",
        help="Moves folders and lands patches, one reviewed pull request at a time.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        cls=_Commands,
    )
    app.callback()(_options)
    group = typer.main.get_command(app)
    assert isinstance(group, _Commands)  # noqa: S101 - it was asked for
    group.start = start
    return group


class _Commands(TyperGroup):
    """A group that loads a command's module when the command is asked for."""

    start: Start | None = None

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as click has it
        """The names, in the order in which the help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - as click has it
        """The command of this name, loaded; ``None`` for another name."""
        if cmd_name not in COMMANDS:
            return None
        name, _, attribute = COMMANDS[cmd_name].partition(":")
        module = import_module(name)
        found: Any = getattr(module, attribute)
        if attribute == "make_app":
            app = found()
        else:
            app = typer.Typer()
            built = attribute == "make_command"
            app.command(cmd_name, help=getattr(module, "HELP", None) if built else None)(
                found(self.start) if built else found
            )
        app._add_completion = False  # noqa: SLF001 - the group's own is enough
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command


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
