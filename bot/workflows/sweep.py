"""The sweep: every repository of every installation is looked at, told or not (law 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.runs.queue import Target


class Installations(Protocol):
    """What the sweep needs of the App."""

    async def installation_ids(self) -> Sequence[int]:
        """The installations that are not suspended."""
        ...

    async def repository_names(self, installation: int) -> Sequence[str]:
        """``owner/name`` of an installation's repositories."""
        ...


async def every_repository(app: Installations) -> list[Target]:
    """A target for every repository that the App reaches. Raises ``WorldError``."""
    found = []
    for installation in await app.installation_ids():
        names = await app.repository_names(installation)
        found += [Target("repository", name, name, installation) for name in names]
    return found
