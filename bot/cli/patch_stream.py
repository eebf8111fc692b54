"""``graftsman patch stream``: for callers with many batches; repositories stay open between them."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

from bot.cli.outcome import refusal_json
from bot.contracts.patch import PatchBatch
from bot.contracts.stream import StreamRequest
from bot.errors import GraftsmanError, Place, Refusal, WorldError
from bot.patching.batch import members
from bot.source.documents import read
from bot.workflows.patches import Local, read_batch

MOST_LINE: Final = 64 << 20
MOST_OPEN: Final = 32


class _Repositories:
    """The repositories of one stream, by path. The least recently used one is closed when there are many."""

    def __init__(self, default: Path | None, *, lift_protection: bool) -> None:
        self._default = default
        self._lift = lift_protection
        self._open: dict[str, Local] = {}

    def of(self, request: StreamRequest) -> Local:
        path = request.repo or (str(self._default) if self._default is not None else None)
        if path is None:
            raise Refusal("bad-request", Place(key="repo"), {"why": "it names no repository, and --repo is not given"})
        local = self._open.pop(path, None) or Local(path, lift_protection=self._lift)
        self._open[path] = local
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        local.opened.refresh()
        return local


def stream(source: IO[bytes], target: IO[str], default: Path | None, *, lift_protection: bool) -> None:
    """Answers each line in order, and goes on after a refusal. Blank lines are passed over.

    An answer is ``{"id", "ok": true, "result": {...}}``, or ``{"id", "ok": false, "refused": [...]}`` as everywhere, or
    ``{"id", "ok": false, "error": "..."}`` when the world or we are at fault.
    """
    repositories = _Repositories(default, lift_protection=lift_protection)
    while line := source.readline(MOST_LINE + 1):
        if line.strip():
            target.write(json.dumps(_answer(line, repositories), ensure_ascii=True) + "\n")
            target.flush()


def _answer(line: bytes, repositories: _Repositories) -> dict[str, Any]:
    identity: str | int | None = None
    try:
        if len(line) > MOST_LINE:
            raise Refusal("too-large", Place("request"), {"size": len(line), "most": MOST_LINE})
        request = read(line, "json", "request", StreamRequest, max_bytes=MOST_LINE)
        identity = request.id
        return {"id": identity, "ok": True, "result": _carried_out(request, repositories.of(request))}
    except Refusal as refusal:
        known = identity if identity is not None else _id_of(line)
        return {"id": known, "ok": False, **refusal_json(refusal)}
    except WorldError as error:
        return {"id": identity, "ok": False, "error": f"try again: {error}"}
    except GraftsmanError as error:
        return {"id": identity, "ok": False, "error": str(error)}
    except Exception as error:  # noqa: BLE001 - one request of many: the others go on
        return {"id": identity, "ok": False, "error": f"internal error ({type(error).__name__}): please report it"}


def _id_of(line: bytes) -> str | int | None:
    """The id of a request that is refused as a whole, where it can be read."""
    try:
        found = json.loads(line).get("id") if len(line) <= MOST_LINE else None
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool)) else None


def _carried_out(request: StreamRequest, local: Local) -> dict[str, Any]:
    base = local.info(request.base)
    batch = _batch(request, local)
    batch = local.batch(batch, base)
    if request.do == "convert":
        return {"batch": members(batch)}
    if request.do != "commit":
        return asdict(local.examine(base.oid, batch, onto=request.onto, dry_run=request.do == "check"))
    made, result = local.commit(base.oid, batch, onto=request.onto)
    more: dict[str, Any] = {"commit": made}
    if request.branch is not None:
        more |= {"branch": request.branch, "state": local.start_branch(request.branch, made, result.base)}
    return {**asdict(result), **more}


def _batch(request: StreamRequest, local: Local) -> PatchBatch:
    given = [each for each in (request.batch, request.payload, request.payload_base64) if each is not None]
    if len(given) != 1:
        raise Refusal("bad-request", Place(key="batch"), {"why": "give one of batch, payload and payload_base64"})
    if request.batch is not None:
        return read_batch(request.batch)
    if request.payload is not None:
        payload = request.payload.encode("utf-8", "surrogatepass")
    else:
        try:
            payload = base64.b64decode(request.payload_base64 or "", validate=True)
        except (binascii.Error, ValueError):
            raise Refusal("bad-request", Place(key="payload_base64"), {"why": "it is not base64"}) from None
    return local.convert(payload, request.format, local.info(request.base), "payload")
