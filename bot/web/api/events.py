"""``/api/patches/events``: the ledger, read in pages and written from outside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, get_args

from aiohttp import web
from pydantic import Field, TypeAdapter

from bot.config import ApiToken
from bot.contracts.api import EventRecord, NewEvent
from bot.contracts.event import EventType, PatchEvent
from bot.errors import Refusal
from bot.reports.chain import Record
from bot.web.api import inputs
from bot.web.api.auth import caller, reach
from bot.web.context import CONTEXT, Api
from bot.web.errors import Refused

PATH: Final = "/api/patches/events"
MOST_BYTES: Final = 1 << 20
MOST_EVENTS: Final = 100
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD: Final = timedelta(days=1)
"""How far ahead of ours a caller's clock may be."""

_ONE: Final[TypeAdapter[NewEvent]] = TypeAdapter(NewEvent)
_LIST: Final[TypeAdapter[tuple[NewEvent, ...]]] = TypeAdapter(
    Annotated[tuple[NewEvent, ...], Field(min_length=1, max_length=MOST_EVENTS)]
)
_FILTERS: Final = {
    "repository": inputs.repository,
    "subject": inputs.words,
    "type": inputs.one_of(*get_args(EventType)),
    "actor": inputs.words,
    "issue": inputs.ISSUE,
    "since": inputs.time,
    "until": inputs.time,
    "after": inputs.CURSOR,
    "limit": inputs.LIMIT,
}


def add(app: web.Application) -> None:
    """Adds the routes."""
    app.router.add_get(PATH, _list)
    app.router.add_post(PATH, _post)


async def _list(request: web.Request) -> web.Response:
    api, token = caller(request, "events:read")
    wanted = inputs.filters(request, _FILTERS)
    reach(token, wanted["repository"])
    name = await api.find(wanted["repository"]) or wanted["repository"]
    records, cursor = await _page(api, name, wanted)
    return web.json_response({"events": [_json(record) for record in records], "next": cursor})


async def _page(api: Api, repository: str, wanted: dict[str, Any]) -> tuple[list[Record], int | None]:
    """The entries that the filters leave, and from where to go on: ``None`` at the end of the ledger."""
    fits, limit = _fits(wanted), wanted.get("limit", inputs.PAGE)
    after, scanned, size = wanted.get("after", 0), 0, max(limit + 1, inputs.ROWS)
    found: list[Record] = []
    while True:
        page = await api.ledger.records(repository, subject=wanted.get("subject"), after=after, limit=size)
        for record in page:
            if len(found) == limit or scanned == inputs.MOST_SCANNED:
                return found, after
            scanned, after = scanned + 1, record.number
            if fits(record.event):
                found.append(record)
        if len(page) < size:
            return found, None


def _fits(wanted: dict[str, Any]) -> Callable[[PatchEvent], bool]:
    same = {name: wanted[name] for name in ("type", "actor", "issue") if name in wanted}
    since, until = wanted.get("since"), wanted.get("until")

    def fits(event: PatchEvent) -> bool:
        at = event.at if event.at.tzinfo is not None else event.at.replace(tzinfo=UTC)
        inside = (since is None or at >= since) and (until is None or at < until)
        return inside and all(getattr(event, name) == value for name, value in same.items())

    return fits


async def _post(request: web.Request) -> web.Response:
    api, token = caller(request, "events:write")
    async with inputs.body(request, _read, MOST_BYTES) as said:
        pass
    for each in said:
        reach(token, each.repository)
    events = await _events(api, token, said, request.app[CONTEXT].clock())
    by_repository: dict[str, list[PatchEvent]] = {}
    for event in events:
        by_repository.setdefault(event.repository, []).append(event)
    told: dict[tuple[str, str], Record] = {}
    new = False
    for repository in sorted(by_repository):
        for one in await api.record(repository, by_repository[repository]):
            told[repository, one.record.event.id] = one.record
            new = new or one.new
    answer = {"events": [_json(told[event.repository, event.id]) for event in events]}
    return web.json_response(answer, status=201 if new else 200)


def _read(data: bytes) -> tuple[NewEvent, ...]:
    return inputs.parse(_LIST, data) if data.lstrip()[:1] == b"[" else (inputs.parse(_ONE, data),)


async def _events(api: Api, token: ApiToken, said: Sequence[NewEvent], now: datetime) -> list[PatchEvent]:
    names: dict[str, str] = {}
    for each in said:
        known = names.get(each.repository) or await api.find(each.repository)
        if known is None:
            raise Refusal("unknown-repository", values={"repository": each.repository})
        names[each.repository] = known
    return [_event(each, names[each.repository], f"token:{token.name}", now, at) for at, each in enumerate(said)]


def _event(said: NewEvent, repository: str, actor: str, now: datetime, index: int) -> PatchEvent:
    if said.at is not None and not EARLIEST <= said.at <= now + AHEAD:
        raise Refused(400, "bad-body", f"[{index}].at: a time from 2000 until now is expected")
    told = said.model_dump(mode="json", exclude={"repository"})
    text = json.dumps([repository.lower(), actor, told], sort_keys=True)
    return PatchEvent(
        id=hashlib.sha256(text.encode()).hexdigest()[:40],
        type=said.type,
        at=(said.at or now).astimezone(UTC),
        repository=repository,
        issue=said.issue,
        subject=said.subject,
        actor=actor,
        commit=said.commit,
        base=said.base,
        pull=said.pull,
        details=said.details,
    )


def _json(record: Record) -> dict[str, Any]:
    made = EventRecord(number=record.number, previous=record.previous, hash=record.hash, event=record.event)
    return made.model_dump(mode="json")
