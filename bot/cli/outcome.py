"""How every command ends: words on standard error, JSON on standard output, an exit code that says whose fault."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

from rich.console import Console

from bot.contracts.refusal import Refused
from bot.errors import GraftsmanError, Refusal, WorldError
from templates import explain_plain

T = TypeVar("T")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
WORDS = Console(stderr=True, soft_wrap=True, highlight=False)


def refusal_json(refusal: Refusal) -> dict[str, Any]:
    """A refusal for programs, as ``bot.contracts.refusal`` has it: those found with it, too."""
    return Refused.of(refusal, explain_plain).plain()


def emit(value: Any) -> None:
    """Prints JSON on standard output. Names that are not UTF-8 become escapes."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True, default=str) + "\n")


def ending(work: Callable[[], T]) -> T:
    """Runs a command's work; a failure ends the process with its exit code and without a traceback."""
    try:
        return _answered(work)
    except GraftsmanError as error:
        WORDS.print(f"graftsman: {error}", markup=False)
        _end(error.exit_code)
    except KeyboardInterrupt:
        _end(130)
    except BrokenPipeError:
        _end(141)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a person
        if isinstance(error, OSError) and error.errno in _FULL:
            WORDS.print(f"graftsman: {error.strerror}: not all was written. Make room and try again.", markup=False)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else it fails once more at the end
            _end(WorldError.exit_code)
        last = traceback.extract_tb(error.__traceback__)[-1]
        WORDS.print(
            f"graftsman: internal error ({type(error).__name__} in {last.name}, line {last.lineno}). "
            "This is our fault: please report it, with the command you ran.",
            markup=False,
        )
        _end(70)


def _answered(work: Callable[[], T]) -> T:
    """What the work gives, when all that it printed is written; a refusal is printed, too."""
    try:
        result = work()
    except Refusal as refusal:
        emit(refusal_json(refusal))
        sys.stdout.flush()
        WORDS.print(explain_plain(refusal), markup=False)  # last, so that a person at a terminal sees it
        _end(refusal.exit_code)
    sys.stdout.flush()
    return result


def _end(code: int) -> NoReturn:
    raise SystemExit(code)
