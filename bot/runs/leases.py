"""The queue's statements: requests, claims, heartbeats and results, each inside one transaction of the store.

A row of ``leases`` says that one lane is being worked on, by whom, in which run, until when. A lane is a repository;
a kind of job that stands apart has one of its own beside each repository's.
Whoever inserts the row works; whoever finds it expired may delete it, which also says that the run died. A result
counts only while its own lease is still there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.runs.schema import LEASES, OBJECTS, SCHEDULES
from bot.runs.store import Store

BESIDE = "//"
"""Stands between repository and kind in the name of a lane apart: no repository's name holds it."""
CRASHES_IN_A_ROW = 3
"""From so many deaths on, an object waits before its next attempt, so that the others get their turn."""


@dataclass(frozen=True, slots=True)
class Target:
    """An object to reconcile. ``key`` is unique within ``kind``; ``repository`` is ``owner/name``."""

    kind: str
    key: str
    repository: str
    installation: int


@dataclass(frozen=True, slots=True)
class Retry:
    """When a failed job is tried again: exponential from ``first`` to ``most`` seconds, with jitter."""

    first: float = 1.0
    most: float = 300.0
    faults: int = 5
    """So many failures of our own in a row (not the world's) and the object is parked."""

    def delay(self, attempt: int, jitter: float) -> float:
        """Seconds before the next attempt; ``attempt`` counts from 1, ``jitter`` is from 0 to 1."""
        full = min(self.most, self.first * 2.0 ** min(attempt - 1, 40))
        return full * (0.5 + jitter / 2)


@dataclass(frozen=True, slots=True)
class Claim:
    """One lane's lease, taken for one run of one object."""

    target: Target
    run: str
    seen: int
    """The value of ``wanted`` that the run will have served."""
    attempts: int
    faults: int
    cause: str | None


class Leases:
    """The statements, for one owner. ``apart`` are the kinds that do not wait for their repository's turn."""

    def __init__(
        self, store: Store, owner: str, seconds: float, retry: Retry, apart: Collection[str] = frozenset()
    ) -> None:
        self._apart = frozenset(apart)
        self._store = store
        self._owner = owner
        self._seconds = seconds
        self._retry = retry

    def request(
        self,
        c: sa.Connection,
        targets: Iterable[Target],
        *,
        cause: str | Mapping[Target, str] | None,
        revive: bool,
    ) -> None:
        """Raises ``wanted``; an idle object is due at once, one in backoff keeps its time, a parked one may revive."""
        now = self._store.time(c)
        put = self._store.insert(OBJECTS)
        idle = OBJECTS.c.wanted == OBJECTS.c.done
        change: dict[str, Any] = {
            "wanted": OBJECTS.c.wanted + 1,
            "repository": put.excluded.repository,
            "installation": put.excluded.installation,
            "cause": put.excluded.cause,
            "next_attempt_at": sa.case((idle, put.excluded.next_attempt_at), else_=OBJECTS.c.next_attempt_at),
        }
        if revive:
            parked = OBJECTS.c.parked == 1
            due = sa.or_(idle, parked)
            change["next_attempt_at"] = sa.case((due, put.excluded.next_attempt_at), else_=OBJECTS.c.next_attempt_at)
            change["attempts"] = sa.case((parked, 0), else_=OBJECTS.c.attempts)
            change["faults"] = sa.case((parked, 0), else_=OBJECTS.c.faults)
            change["parked"] = 0
        fresh = {"wanted": 1, "done": 0, "starts": 0, "attempts": 0, "faults": 0, "crashes": 0, "parked": 0}
        rows = [
            {
                "kind": target.kind,
                "key": target.key,
                "repository": target.repository,
                "installation": target.installation,
                "next_attempt_at": now,
                "cause": cause.get(target) if isinstance(cause, Mapping) else cause,
                **fresh,
            }
            for target in sorted(set(targets), key=lambda one: (one.kind, one.key))  # one order: no deadlocks
        ]
        if rows:
            c.execute(put.on_conflict_do_update(index_elements=["kind", "key"], set_=change), rows)

    def revive(self, c: sa.Connection) -> None:
        """Gives parked objects another chance: a new start may be a new version."""
        parked = sa.update(OBJECTS).where(OBJECTS.c.parked == 1)
        c.execute(parked.values(parked=0, attempts=0, faults=0, next_attempt_at=self._store.time(c)))

    def reap(self, c: sa.Connection, *, own: bool = False) -> list[str]:
        """Deletes expired leases (with ``own``: also those of this owner's earlier life); returns their runs."""
        now = self._store.time(c)
        dead = LEASES.c.until < now
        if own:
            dead = sa.or_(dead, LEASES.c.owner == self._owner)
        gone = c.execute(sa.delete(LEASES).where(dead).returning(LEASES.c.kind, LEASES.c.key, LEASES.c.run)).all()
        for row in gone:
            same = (OBJECTS.c.kind == row.kind, OBJECTS.c.key == row.key)
            crashes = c.execute(
                sa.update(OBJECTS).where(*same).values(crashes=OBJECTS.c.crashes + 1).returning(OBJECTS.c.crashes)
            ).scalar()
            if crashes is not None and crashes >= CRASHES_IN_A_ROW:
                wait = self._retry.delay(crashes - CRASHES_IN_A_ROW + 1, 1.0)
                c.execute(sa.update(OBJECTS).where(*same).values(next_attempt_at=now + wait))
        return [row.run for row in gone]

    def anything(self, c: sa.Connection, kinds: Collection[str]) -> bool:
        """Whether :meth:`reap` or :meth:`claim` would find something now; reads only."""
        now = self._store.time(c)
        dead = sa.select(sa.exists().where(LEASES.c.until < now))
        return bool(c.execute(dead).scalar()) or c.execute(self._due(now, kinds).limit(1)).first() is not None

    def claim(self, c: sa.Connection, kinds: Collection[str], most: int) -> list[Claim]:
        """Takes leases on at most ``most`` lanes that have something due and nobody at work."""
        now = self._store.time(c)
        claims: list[Claim] = []
        tried: set[str] = set()
        for row in c.execute(self._due(now, kinds).limit(200)).all():
            if len(claims) >= most:
                break
            lane = self._lane(row.kind, row.repository)
            if lane not in tried:
                tried.add(lane)
                claim = self._take(c, row.kind, row.key, row.repository, now)
                if claim is not None:
                    claims.append(claim)
        return claims

    def _lane(self, kind: str, repository: str) -> str:
        return f"{repository}{BESIDE}{kind}" if kind in self._apart else repository

    def _due(self, now: float, kinds: Collection[str]) -> sa.Select[tuple[str, str, str]]:
        beside = OBJECTS.c.repository + BESIDE + OBJECTS.c.kind
        lane = sa.case((OBJECTS.c.kind.in_(sorted(self._apart)), beside), else_=OBJECTS.c.repository)
        return (
            sa.select(OBJECTS.c.kind, OBJECTS.c.key, OBJECTS.c.repository)
            .select_from(OBJECTS.outerjoin(LEASES, LEASES.c.repository == lane))
            .where(OBJECTS.c.wanted > OBJECTS.c.done, OBJECTS.c.parked == 0, OBJECTS.c.next_attempt_at <= now)
            .where(OBJECTS.c.kind.in_(sorted(kinds)), LEASES.c.repository.is_(None))
            .order_by(OBJECTS.c.next_attempt_at, OBJECTS.c.kind, OBJECTS.c.key)
        )

    def _take(self, c: sa.Connection, kind: str, key: str, repository: str, now: float) -> Claim | None:
        lane = self._lane(kind, repository)
        put = self._store.insert(LEASES).values(
            repository=lane, owner=self._owner, run="", until=now + self._seconds, kind=kind, key=key
        )
        if c.execute(put.on_conflict_do_nothing().returning(LEASES.c.repository)).first() is None:
            return None
        # Read again behind the lease: another process may have finished the object since the list was made.
        same = (OBJECTS.c.kind == kind, OBJECTS.c.key == key, OBJECTS.c.repository == repository)
        ready = (OBJECTS.c.wanted > OBJECTS.c.done, OBJECTS.c.parked == 0, OBJECTS.c.next_attempt_at <= now)
        started = sa.update(OBJECTS).where(*same, *ready).values(starts=OBJECTS.c.starts + 1)
        row = c.execute(started.returning(*OBJECTS.c)).one_or_none()
        if row is None:
            c.execute(sa.delete(LEASES).where(LEASES.c.repository == lane, LEASES.c.run == ""))
            return None
        # The count makes it unique in this store's life, the second in that of DBOS's records, which may outlive it.
        run = f"{kind}:{key}:{row.wanted}.{row.starts}@{int(now)}"
        c.execute(sa.update(LEASES).where(LEASES.c.repository == lane).values(run=run))
        target = Target(kind, key, repository, row.installation)
        return Claim(target, run, row.wanted, row.attempts, row.faults, row.cause)

    def renew(self, c: sa.Connection, runs: Collection[str]) -> set[str]:
        """The heartbeat: prolongs these runs' leases; returns those that are still held."""
        mine = sa.update(LEASES).where(LEASES.c.owner == self._owner, LEASES.c.run.in_(sorted(runs)))
        kept = mine.values(until=self._store.time(c) + self._seconds).returning(LEASES.c.run)
        return set(c.execute(kept).scalars())

    def release(self, c: sa.Connection, claim: Claim) -> bool:
        """Gives the lease back; ``False`` when it was lost to another process."""
        same = (
            LEASES.c.repository == self._lane(claim.target.kind, claim.target.repository),
            LEASES.c.owner == self._owner,
            LEASES.c.run == claim.run,
        )
        return c.execute(sa.delete(LEASES).where(*same, LEASES.c.run == claim.run)).rowcount == 1

    def succeed(self, c: sa.Connection, claim: Claim, again: float) -> bool:
        """Records that what the run saw is served; what was requested meanwhile is due in ``again`` seconds.

        ``False``, and nothing recorded, when the lease was lost.
        """
        if not self.release(c, claim):
            return False
        values = {"done": claim.seen, "attempts": 0, "faults": 0, "crashes": 0, "last_error": None}
        self._set(c, claim, next_attempt_at=self._store.time(c) + again, **values)
        return True

    def fail(self, c: sa.Connection, claim: Claim, error: str, *, wait: float, ours: bool) -> bool:
        """Records a failure, with the seconds to wait; ``ours`` counts towards parking. As :meth:`succeed`."""
        if not self.release(c, claim):
            return False
        faults = claim.faults + ours
        self._set(
            c,
            claim,
            attempts=claim.attempts + 1,
            faults=faults,
            crashes=0,
            parked=int(faults >= self._retry.faults),
            next_attempt_at=self._store.time(c) + wait,
            last_error=error[:1000],
        )
        return True

    def _set(self, c: sa.Connection, claim: Claim, **values: Any) -> None:
        same = (OBJECTS.c.kind == claim.target.kind, OBJECTS.c.key == claim.target.key)
        c.execute(sa.update(OBJECTS).where(*same).values(**values))

    def turn(self, c: sa.Connection, name: str, seconds: float, *, now_too: bool) -> bool:
        """Whether a schedule is due and ours to run: among processes that share the store, one gets it."""
        now = self._store.time(c)
        put = self._store.insert(SCHEDULES).values(name=name, due=now + seconds)
        if c.execute(put.on_conflict_do_nothing().returning(SCHEDULES.c.name)).first() is not None:
            return True
        mine = sa.update(SCHEDULES).where(SCHEDULES.c.name == name)
        if not now_too:
            mine = mine.where(SCHEDULES.c.due <= now)
        return c.execute(mine.values(due=now + seconds)).rowcount == 1


def depth(c: sa.Connection) -> dict[str, int]:
    """How many objects wait (due or not), are being worked on, failed at least once, are parked."""
    wanted = sa.and_(OBJECTS.c.wanted > OBJECTS.c.done, OBJECTS.c.parked == 0)
    row = c.execute(
        sa.select(
            sa.func.count().filter(wanted).label("wanted"),
            sa.func.count().filter(wanted, OBJECTS.c.attempts > 0).label("retrying"),
            sa.func.count().filter(OBJECTS.c.parked == 1).label("parked"),
        )
        .select_from(OBJECTS)
        .where(sa.or_(wanted, OBJECTS.c.parked == 1))
    ).one()
    running = c.execute(sa.select(sa.func.count()).select_from(LEASES)).scalar_one()
    return {"wanted": row.wanted, "running": running, "retrying": row.retrying, "parked": row.parked}


def troubled(c: sa.Connection, limit: int) -> Sequence[sa.Row[Any]]:
    """The objects that failed and are not served yet, parked ones first."""
    rows = sa.select(OBJECTS).where(OBJECTS.c.wanted > OBJECTS.c.done)
    rows = rows.where(sa.or_(OBJECTS.c.parked == 1, OBJECTS.c.attempts > 0))
    return c.execute(rows.order_by(OBJECTS.c.parked.desc(), OBJECTS.c.next_attempt_at).limit(limit)).all()


def leases(c: sa.Connection) -> Sequence[sa.Row[Any]]:
    """All leases, by lane (``repository`` holds its name)."""
    return c.execute(sa.select(LEASES).order_by(LEASES.c.repository)).all()
