"""The image, the workflow and the contributor's first example are what the pages say."""

import fnmatch
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.config import ServerSettings
from bot.contracts.github import Comment
from bot.contracts.webhooks import Payload
from bot.planning.commands import parse
from bot.runs.queue import Target
from bot.source.documents import load
from bot.workflows.orders.orders import Order
from bot.workflows.orders.rights import Giver, Rights
from handlers.commands import COMMANDS

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IGNORE = (ROOT / ".dockerignore").read_text("utf-8").splitlines()


def instructions(word):
    joined = re.sub(r"\\\n *", "", DOCKERFILE)
    return re.findall(rf"^{word} (.+)$", joined, re.MULTILINE)


def test_the_image_copies_what_exists_and_is_let_through():
    assert IGNORE[1] == "*"
    allowed = {line[1:] for line in IGNORE if line.startswith("!")}
    copied = {word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_nothing_private_is_let_through():
    allowed = [line[1:] for line in IGNORE if line.startswith("!")]
    for name in (".git", ".venv", ".cache", "graftsman-data", "secrets", ".env", "tests", "key.pem"):
        assert not any(fnmatch.fnmatch(name, pattern) for pattern in allowed)


def test_the_image_installs_with_hashes_and_runs_as_an_ordinary_user():
    installs = [part for line in instructions("RUN") for part in line.split("&&") if "pip install" in part]
    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-index" in part for part in installs)
    (user,) = instructions("USER")
    assert user.split(":")[0].isdecimal() and int(user.split(":")[0]) >= 1000
    assert DOCKERFILE.index("USER ") < DOCKERFILE.index("ENTRYPOINT")
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert instructions("ENTRYPOINT") == ['["graftsman"]'] and instructions("CMD") == ['["serve"]']
    assert [line.split()[0] for line in instructions("FROM")] == ["python:3.11-slim"] * 2


def test_the_images_environment_makes_valid_settings():
    words = dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())
    given = {
        name.removeprefix("GRAFTSMAN_").lower(): value for name, value in words.items() if name.startswith("GRAFTSMAN_")
    }
    settings = ServerSettings(**{**given, "port": int(given["port"])})
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)
    assert instructions("VOLUME") == [f'["{settings.data_dir}"]'] and instructions("EXPOSE") == [str(settings.port)]


def test_the_workflow_may_only_read_and_runs_the_same_as_a_person():
    workflow = load((ROOT / ".github/workflows/ci.yml").read_bytes(), "yaml", "ci.yml").value
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert 0 < job["timeout-minutes"] <= 60
    steps = [step.get("run", "") for step in job["steps"]]
    assert "make test" in steps
    assert any("postgresql" in step for step in steps)
    assert "make test" in (ROOT / ".ci/run").read_text("utf-8")
    assert [step["with"]["persist-credentials"] for step in job["steps"] if "checkout" in step.get("uses", "")] == [
        False
    ]


def example(name):
    """The program of CONTRIBUTING.md that defines a name."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    programs = re.findall(r"^ *```python\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    (code,) = [code for code in programs if name in code]
    return compile(re.sub(r"^ {3}", "", code, flags=re.MULTILINE), "CONTRIBUTING.md", "exec")


@pytest.mark.parametrize(("action", "count"), [("created", 1), ("opened", 0)])
def test_the_first_handler_that_a_contributor_reads_works(action, count):
    space = {}
    exec(example("def decide"), space)
    payload = {"action": action, "installation": {"id": 7}, "repository": {"full_name": "acme/platform"}}
    found = space["decide"](Payload.model_validate(payload))
    assert found == (Target("repository", "acme/platform", "acme/platform", 7),) * count


async def test_the_first_command_that_a_contributor_reads_works():
    space = {}
    exec(example("COMMAND"), space)
    command = space["COMMAND"]
    assert command.name not in COMMANDS and command.usage == f"/{command.name}"
    assert command.stands_on(pull=True) and command.stands_on(pull=False)
    comment = Comment(id=7, body="/hello", user="ben", created_at=NOW, updated_at=NOW)
    scene = SimpleNamespace(now=NOW)
    (written,) = parse("/hello").commands
    rights = Rights(None, {}, (Giver("ben", "write"),))
    record = await command.run(Order(scene, None, None, comment, written, (), rights))
    assert (record.command, record.by, record.state) == ("hello", "ben", "nothing-to-do")
