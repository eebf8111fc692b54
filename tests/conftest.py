"""What all tests share: a playground, whose every exchange is held against GitHub's own description."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.playground import Exchange, Playground
from tests.graphql_schema import SCHEMA, GraphQL
from tests.openapi import DESCRIPTION, OpenAPI

# The same examples in every run, so that it tells of the change alone. ``make fuzz`` seeks new ones, also where CI is set.
settings.load_profile("default" if "FUZZ" in os.environ else "ci")


@pytest.fixture
def judged() -> list[str]:
    """What GitHub's description has against the exchanges of this test; tests that mean to, clear it."""
    return []


@pytest.fixture
def clock_scale() -> float:
    """How long the playground's minutes last: at 0.02, 1.2 s. A folder of tests may have another."""
    return 0.02


@pytest.fixture
async def playground(tmp_path: Path, judged: list[str], clock_scale: float) -> AsyncIterator[Playground]:
    """A started playground."""
    async with Playground(tmp_path / "github", clock_scale=clock_scale) as one:
        always = os.environ.get("CI") == "true"
        openapi = OpenAPI.load() if always or DESCRIPTION.exists() else None
        graphql = GraphQL.load() if always or SCHEMA.exists() else None

        def judge(exchange: Exchange) -> None:
            for judging in (openapi, graphql):
                if judging is not None:
                    judged.extend(judging.faults(exchange))

        one.on_exchange = judge
        if openapi is not None:
            told = openapi
            one.webhooks.observers.append(lambda delivery: judged.extend(told.delivery_faults(delivery)))
        yield one
    assert judged == [], "not as GitHub's own descriptions have it"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says so when the judge was missing."""
    for name, path in (("OpenAPI description", DESCRIPTION), ("GraphQL schema", SCHEMA)):
        if not path.exists():
            terminalreporter.write_line(f"GitHub's {name} is not there (python -m tests.fetch): not validated")
