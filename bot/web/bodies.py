"""Request bodies: bounded in bytes and time, the large ones few at once."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.web.errors import Refused

SMALL_BYTES = 1 << 20


class Body:
    """The raw body, up to ``most`` bytes; holds one of the few places for large bodies while it is in use.

    ``large`` are those places; ``seconds`` is how long the body may take; ``name`` is what people call it.
    """

    def __init__(
        self, request: web.Request, large: asyncio.Semaphore, most: int, seconds: float, name: str = "The body"
    ) -> None:
        self._request = request
        self._large = large
        self._most = most
        self._seconds = seconds
        self._name = name
        self._holds = False

    async def __aenter__(self) -> bytes:
        if (self._request.content_length or 0) > self._most:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read()
        except TimeoutError:
            await self.__aexit__()
            raise Refused(408, "too-slow", "The body did not arrive in time.") from None
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        if self._holds:
            self._holds = False
            self._large.release()

    async def _read(self) -> bytes:
        data = bytearray()
        async for chunk in self._request.content.iter_any():
            data += chunk
            if len(data) > self._most:
                raise self._too_large()
            if len(data) > SMALL_BYTES and not self._holds:
                await self._large.acquire()
                self._holds = True
        return bytes(data)

    def _too_large(self) -> Refused:
        return Refused(413, "too-large", f"{self._name} is larger than {self._most >> 20} MiB.")
