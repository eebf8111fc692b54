"""``/api/schemas``: the JSON Schemas of the contracts, as they ship in the package; public."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

import bot

PATH: Final = "/api/schemas"
FOLDER: Final = Path(bot.__file__).parent / "schemas"
CACHE: Final = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class _Shipped:
    text: bytes
    etag: str


_SHIPPED: Final[web.AppKey[dict[str, _Shipped]]] = web.AppKey("schemas", dict)


def add(app: web.Application) -> None:
    """Adds the routes; the schemas are read once."""
    texts = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}
    app[_SHIPPED] = {name: _Shipped(text, hashlib.sha256(text).hexdigest()[:32]) for name, text in texts.items()}
    app.router.add_get(PATH, _list)
    app.router.add_get(f"{PATH}/{{name}}.json", _one)


async def _list(request: web.Request) -> web.Response:
    names = request.app[_SHIPPED]
    return web.json_response(
        {"schemas": [{"name": name, "url": f"{PATH}/{name}.json"} for name in names]}, headers={"Cache-Control": CACHE}
    )


async def _one(request: web.Request) -> web.Response:
    found = request.app[_SHIPPED].get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": CACHE, "ETag": f'"{found.etag}"'}
    asked = request.if_none_match or ()
    if any(each.value in {found.etag, "*"} for each in asked):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.text, content_type="application/schema+json", headers=headers)
