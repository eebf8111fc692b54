"""``graftsman receive``: feed one payload by hand, as if GitHub had delivered it."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.outcome import WORDS, emit, ending
from bot.config import server_settings
from bot.contracts.webhooks import Payload
from bot.errors import Place, Refusal
from bot.runs.inbox import Delivery, Inbox
from bot.runs.store import Store
from handlers import EVENTS, decide


def receive_command(
    event: Annotated[str, typer.Argument(help="The event's name, as in X-GitHub-Event.")],
    file: Annotated[Path, typer.Argument(help="The payload, as JSON.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be looked at again.")] = False,
) -> None:
    """Feed one webhook payload by hand; a server on the same store takes it up."""
    ending(lambda: _receive(event, file, dry_run=dry_run))


def _receive(event: str, file: Path, *, dry_run: bool) -> None:
    if event not in EVENTS:
        raise Refusal("unknown-event", Place(), {"event": event, "known": sorted(EVENTS)})
    try:
        body = file.read_bytes()
        targets = decide(event, body)
    except OSError as error:
        raise Refusal("payload-unreadable", Place(str(file)), {"why": error.strerror or "?"}) from None
    except ValueError as error:
        raise Refusal("bad-payload", Place(str(file)), {"event": event, "why": str(error)[:300]}) from None
    emit({"event": event, "dry_run": dry_run, "targets": [asdict(target) for target in targets]})
    if not dry_run:
        delivery = asyncio.run(_store(event, body))
        WORDS.print(f"stored as delivery {delivery}; the server takes it up, now or when it starts", markup=False)


async def _store(event: str, body: bytes) -> str:
    settings = server_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = await Store.open(settings.database_url or settings.data_dir / "graftsman.sqlite")
    try:
        payload = Payload.model_validate(json.loads(body))
        delivery = Delivery(
            id=f"by-hand-{uuid.uuid4()}",
            event=event,
            action=payload.action,
            installation=payload.installation,
            repository=payload.repository.full_name if payload.repository is not None else None,
            payload=body,
            received_at=datetime.now(UTC),
        )
        await Inbox(store).put(delivery)
    finally:
        await store.close()
    return delivery.id
