"""What the App needs to speak with GitHub. Plain values: ``bot.composition`` fills them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

API_VERSION = "2022-11-28"
"""The REST API version that is asked for in every request."""
ETAG_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for one request altogether."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 60.0

    def client(self) -> aiohttp.ClientTimeout:
        """The same for aiohttp."""
        return aiohttp.ClientTimeout(
            total=self.total, connect=self.total, sock_connect=self.connect, sock_read=self.read
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """One App on one GitHub. URLs have no slash at their end (it is taken off)."""

    issuer: str
    """The client id, or the App's id."""
    private_key: SecretStr = field(repr=False)
    """PEM. Never shown: neither by ``str`` nor by ``repr`` of this or of the key itself."""
    api_url: str = "https://api.github.com"
    graphql_url: str = "https://api.github.com/graphql"
    web_url: str = "https://github.com"
    git_url: str = "https://github.com"
    api_version: str = API_VERSION
    requester: str = "graftsman"
    scale: float = 1.0
    """Scale of GitHub's time windows; below 1 only against a playground whose windows are scaled alike."""
    timeouts: Timeouts = Timeouts()
    retry_seconds: float = 1.0
    """The first pause after a network fault or 5xx; doubles, with jitter."""
    etag_bytes: int = ETAG_BYTES
    """Bound of each installation's ETag cache."""

    def __post_init__(self) -> None:
        for name in ("api_url", "graphql_url", "web_url", "git_url"):
            url = getattr(self, name).rstrip("/")
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
                raise ValueError(f"{name} must be an http or https URL without credentials")
            object.__setattr__(self, name, url)
        if not 0 < self.scale <= 1:
            raise ValueError("scale must be above 0 and at most 1")

    @property
    def origins(self) -> frozenset[tuple[str, str]]:
        """Where a token may be sent: scheme and host with port of the API and of GraphQL."""
        return frozenset(origin(url) for url in (self.api_url, self.graphql_url))


def origin(url: str) -> tuple[str, str]:
    """Scheme and host with port."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
