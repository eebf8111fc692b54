"""The repositories that this server has worked on, and the installation that reaches each: as the queue knows them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bot.errors import Refusal
from bot.runs.schema import OBJECTS
from bot.runs.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """A repository as GitHub spells it (``owner/name``), and its installation."""

    full_name: str
    installation: int


class Repositories:
    """Looks repositories up by name, whatever the case of its letters."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, name: str) -> Known | None:
        """The repository of this name; ``None`` where the App is not known to be installed."""
        rows = sa.select(OBJECTS.c.repository, OBJECTS.c.installation)
        rows = rows.where(sa.func.lower(OBJECTS.c.repository) == name.lower())
        # The sweep names each repository anew with the installation that it has then: that row counts most.
        swept = sa.case((OBJECTS.c.kind == "repository", 0), else_=1)
        rows = rows.order_by(swept, OBJECTS.c.next_attempt_at.desc()).limit(1)
        found = await self._store.read(lambda connection: connection.execute(rows).one_or_none())
        return None if found is None else Known(found.repository, found.installation)

    async def get(self, name: str) -> Known:
        """The same. Raises ``Refusal`` (``unknown-repository``) where there is none."""
        found = await self.find(name)
        if found is None:
            raise Refusal("unknown-repository", values={"repository": name})
        return found
