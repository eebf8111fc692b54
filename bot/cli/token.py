"""``graftsman token new``: a token for the API, and the entry that lets it in. The token itself is stored nowhere."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Annotated

import typer

from bot.cli.outcome import WORDS, emit, ending
from bot.config import api_tokens


def make_app() -> typer.Typer:
    """The command."""
    app = typer.Typer(no_args_is_help=True, help="Make tokens for the API.")
    app.callback()(_group)
    app.command("new")(new_command)
    return app


def _group() -> None:
    """Make tokens for the API."""


def new_command(
    name: Annotated[str, typer.Option("--name", help="What it is for; events that it brings name it.")],
    repositories: Annotated[list[str], typer.Option("--repositories", help="A glob of OWNER/NAME; may be repeated.")],
    rights: Annotated[list[str], typer.Option("--rights", help="A right; may be repeated.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print token and entry as JSON.")] = False,
) -> None:
    """Print a new token, and its entry for the file that GRAFTSMAN_API_TOKENS_FILE names."""

    def work() -> None:
        token = f"graftsman_{secrets.token_urlsafe(32)}"
        entry = {
            "name": name,
            "sha256": hashlib.sha256(token.encode()).hexdigest(),
            "repositories": _split(repositories),
            "rights": _split(rights),
        }
        text = _yaml(entry)
        api_tokens(f"version: 1\ntokens:\n{text}".encode(), "the new token")
        if as_json:
            emit({"token": token, "entry": entry})
            return
        WORDS.print("The token, shown this once:", markup=False)
        typer.echo(token)
        WORDS.print("\nIts entry, below `tokens:` in the file that GRAFTSMAN_API_TOKENS_FILE names:\n", markup=False)
        WORDS.print(text, markup=False, end="")

    ending(work)


def _split(values: list[str]) -> list[str]:
    """Several in one word, divided by commas (those in braces belong to a glob), are several."""
    found, depth, part = [], 0, ""
    for character in ",".join(values):
        depth += (character == "{") - (character == "}")
        if character == "," and depth <= 0:
            found.append(part)
            part = ""
        else:
            part += character
    return [one.strip() for one in (*found, part) if one.strip()]


def _yaml(entry: Mapping[str, object]) -> str:
    """One item of a YAML list; every text is written as JSON writes it, which YAML reads alike."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in entry.items()]
    return "".join(f"{'  - ' if number == 0 else '    '}{line}\n" for number, line in enumerate(lines))
