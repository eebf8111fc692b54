"""One object that GitHub refuses something of must not stop the others that the same job is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from bot.github.errors import ForbiddenError, InvalidError, NotFoundError

UNAUTHORISED: Final = 401
log = structlog.get_logger(__name__)


@contextmanager
def alone(repository: str, number: int) -> Iterator[None]:
    """Goes on behind the block where GitHub refuses it: a locked conversation, an issue that was deleted meanwhile.

    The next look tries it again. What concerns all (limits, the network, the App's own key) is raised as before.
    """
    try:
        yield
    except (ForbiddenError, InvalidError, NotFoundError) as error:
        if error.status == UNAUTHORISED:
            raise
        log.warning("GitHub refuses something of one issue", repository=repository, number=number, error=str(error))
