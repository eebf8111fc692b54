"""Small JSON values by key: a cache of what GitHub and git say, never the truth (law 9)."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from bot.runs.intents import starts_with
from bot.runs.schema import MEMORY
from bot.runs.store import Store


class Memory:
    """A durable mapping from text to plain JSON."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, key: str) -> Any:
        """The value, or ``None``."""
        value = sa.select(MEMORY.c.value).where(MEMORY.c.key == key)
        text = await self._store.read(lambda connection: connection.execute(value).scalar())
        return None if text is None else json.loads(text)

    async def set(self, key: str, value: Any) -> None:
        """Stores plain JSON in place of what was there."""
        put = self._store.insert(MEMORY).values(key=key, value=json.dumps(value))
        put = put.on_conflict_do_update(index_elements=["key"], set_={"value": put.excluded.value})
        await self._store.write(lambda connection: connection.execute(put))

    async def delete(self, key: str) -> None:
        """Forgets a value; one that is not there is fine."""
        gone = sa.delete(MEMORY).where(MEMORY.c.key == key)
        await self._store.write(lambda connection: connection.execute(gone))

    async def forget(self, prefix: str) -> int:
        """Forgets all values whose key starts with ``prefix``; returns how many."""
        gone = sa.delete(MEMORY).where(*starts_with(MEMORY.c.key, prefix))
        return await self._store.write(lambda connection: connection.execute(gone).rowcount)
