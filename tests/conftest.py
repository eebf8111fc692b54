"""What all tests share: a playground, whose every exchange is held against GitHub's own description."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground import Playground


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """A started playground; a GitHub minute lasts 1.2 s."""
    async with Playground(tmp_path / "github", clock_scale=0.02) as one:
        yield one
