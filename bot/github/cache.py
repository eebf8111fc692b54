"""The answers that came with an ETag, bounded in bytes. One for each installation: what one may see another may not."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from cachetools import LRUCache

Cached = tuple[str | None, str | None, Any, str | None]
"""As gidgethub keeps it: ETag, last-modified, data, the next page's URL."""


class EtagCache(MutableMapping[str, Cached]):
    """A least-recently-used cache of JSON texts, so that its size is what it says and no caller shares an object."""

    def __init__(self, max_bytes: int) -> None:
        self._kept: LRUCache[str, bytes] = LRUCache(max_bytes, getsizeof=len)

    def __getitem__(self, url: str) -> Cached:
        etag, modified, data, more = json.loads(self._kept[url])
        return etag, modified, data, more

    def __setitem__(self, url: str, value: Cached) -> None:
        text = json.dumps(value, separators=(",", ":")).encode()
        if len(text) <= self._kept.maxsize:
            self._kept[url] = text
        else:
            self._kept.pop(url, None)

    def __delitem__(self, url: str) -> None:
        del self._kept[url]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes kept."""
        return int(self._kept.currsize)
