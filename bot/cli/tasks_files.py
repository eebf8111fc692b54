"""Plan files as the command line is given them."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.errors import Place, Refusal
from bot.planning.tasks.plan_files import MOST_BYTES


def read_file(file: str) -> bytes:
    """A plan file's bytes. Raises ``Refusal`` when it cannot be read; of one that is too large only a part is read."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refusal("plan-unreadable", Place(file), {"file": file, "why": error.strerror or "?"}) from None


def name_of(file: str) -> str:
    """What a file is called in refusals and in the plan's name."""
    return "standard input" if file == "-" else Path(file).name
