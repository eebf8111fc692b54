"""Recorded intents: what the bot was about to do on GitHub, so that a kill doubles nothing (law 2).

An effect that was never started needs no look-up; one that may have been started is looked for before it is made
again; one that is done is not made again.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import sqlalchemy as sa

from bot.runs.schema import INTENTS
from bot.runs.store import Store

State = Literal["absent", "started", "done"]


@dataclass(frozen=True, slots=True)
class Intent:
    """How far an effect got, and what came of it."""

    state: State
    result: dict[str, Any] | None = None


ABSENT = Intent("absent")


class Intents:
    """The record of intents by key. Every call is one small durable transaction (reads excepted)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, key: str) -> Intent:
        """The intent of this key; ``absent`` when it was never started."""
        rows = sa.select(INTENTS).where(INTENTS.c.key == key)
        row = await self._store.read(lambda connection: connection.execute(rows).one_or_none())
        return ABSENT if row is None else _intent(row)

    async def many(self, prefix: str) -> dict[str, Intent]:
        """All intents whose key starts with ``prefix``, by key, in order."""
        rows = sa.select(INTENTS).where(*starts_with(INTENTS.c.key, prefix)).order_by(INTENTS.c.key)
        found = await self._store.read(lambda connection: connection.execute(rows).all())
        return {row.key: _intent(row) for row in found if row.key.startswith(prefix)}

    async def start(self, *keys: str) -> None:
        """Records that these effects may happen from now on. One that is started or done stays as it is."""

        def work(connection: sa.Connection) -> None:
            now = self._store.time(connection)
            rows = [{"key": key, "state": "started", "at": now} for key in sorted(set(keys))]
            connection.execute(self._store.insert(INTENTS).on_conflict_do_nothing(), rows)

        if keys:
            await self._store.write(work)

    async def finish(self, key: str, result: dict[str, Any]) -> None:
        """Records that the effect is there, with what a later run needs to know of it (plain JSON)."""
        text = json.dumps(result)

        def work(connection: sa.Connection) -> None:
            values = {"state": "done", "result": text, "at": self._store.time(connection)}
            put = self._store.insert(INTENTS).values(key=key, **values)
            connection.execute(put.on_conflict_do_update(index_elements=["key"], set_=values))

        await self._store.write(work)

    async def forget(self, prefix: str) -> int:
        """Forgets all intents whose key starts with ``prefix``; returns how many."""
        gone = sa.delete(INTENTS).where(*starts_with(INTENTS.c.key, prefix))
        return await self._store.write(lambda connection: connection.execute(gone).rowcount)


async def once(
    intents: Intents,
    key: str,
    *,
    find: Callable[[], Awaitable[dict[str, Any] | None]],
    make: Callable[[], Awaitable[dict[str, Any]]],
    known_fresh: bool = True,
) -> dict[str, Any]:
    """Makes an effect once, whatever kills came before, and returns its result (plain JSON).

    ``find`` looks for the effect in the world and returns its result, or ``None``. It is not called for an effect that
    was never started, unless ``known_fresh`` is false: then our own record may have been lost.
    """
    intent = await intents.get(key)
    if intent.state == "done" and intent.result is not None:
        return intent.result
    found = None
    if intent.state == "started" or not known_fresh:
        found = await find()
    elif intent.state == "absent":
        await intents.start(key)
    if found is None:
        if intent.state == "absent" and not known_fresh:
            await intents.start(key)
        found = await make()
    await intents.finish(key, found)
    return found


def starts_with(column: sa.ColumnElement[str], prefix: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions for a byte-ordered column to start with ``prefix``, as a range that an index serves."""
    return (column >= prefix, column < prefix + "\U0010ffff")


def _intent(row: sa.Row[Any]) -> Intent:
    return Intent(cast("State", row.state), None if row.result is None else json.loads(row.result))
