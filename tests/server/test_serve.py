"""``graftsman serve`` as an operator runs it: a process, its memory, its answers, its end."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import psutil
import pytest

from bot.cli.doctor import app_manifest
from bot.playground import Playground

ROOT = Path(__file__).parents[2]
IDLE_BYTES = 150 << 20


def environment(playground, app, tmp_path, **more):
    settings = {
        "CLIENT_ID": app.client_id,
        "PRIVATE_KEY": app.private_key_pem,
        "WEBHOOK_SECRET": app.webhook_secret,
        "API_URL": playground.api_url,
        "GRAPHQL_URL": playground.graphql_url,
        "WEB_URL": playground.url,
        "GIT_URL": playground.url,
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": "0",
        "PACE": "0.02",
        **more,
    }
    plain = {key: value for key, value in os.environ.items() if not key.startswith("GRAFTSMAN_")}
    return plain | {f"GRAFTSMAN_{key}": value for key, value in settings.items()}


def run(arguments, env, **options):
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


async def line_of(process, pattern, seconds=30):
    """The first line on standard error that fits."""
    import asyncio

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        line = await asyncio.to_thread(process.stderr.readline)
        if found := re.search(pattern, line):
            return found
        if not line:
            break
    raise AssertionError(f"no line fits {pattern}")


@pytest.fixture
async def app(playground: Playground):
    wanted = app_manifest()
    return await playground.create_app(wanted["default_permissions"], wanted["default_events"], webhook_secret="s3cret")


async def test_it_idles_in_little_memory_and_stops_when_told(playground, app, tmp_path):
    await playground.create_repository("acme", "platform", files={"README.md": b"x\n"})
    playground.install(app, "acme")
    process = run(["serve"], environment(playground, app, tmp_path))
    try:
        url = (await line_of(process, r"listens on (\S+)"))[1]
        async with aiohttp.ClientSession() as session:
            for path in ("/healthz", "/readyz", "/metrics"):
                async with session.get(url + path) as answer:
                    assert answer.status == 200, await answer.text()
        for _ in range(100):  # the onboarding pull request: it has really worked
            if list(playground.world.repo("acme/platform").pulls):
                break
            import asyncio

            await asyncio.sleep(0.1)
        assert [pull.issue.title for pull in playground.world.repo("acme/platform").pulls] == ["Set up Graftsman"]
        await asyncio.sleep(1)
        resident = psutil.Process(process.pid).memory_info().rss
        print(f"idle: {resident / 2**20:.0f} MB")
        assert resident < IDLE_BYTES, f"{resident / 2**20:.0f} MB"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("WEBHOOK_SECRET", "GRAFTSMAN_WEBHOOK_SECRET"),
        ("CLIENT_ID", "GRAFTSMAN_CLIENT_ID"),
        ("PRIVATE_KEY", "PRIVATE_KEY"),
    ],
)
async def test_it_refuses_to_start_without(playground, app, tmp_path, missing, says):
    env = environment(playground, app, tmp_path)
    del env[f"GRAFTSMAN_{missing}"]
    process = run(["serve"], env)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 2
    assert says in words
    assert "Traceback" not in words


async def test_github_out_of_reach_is_the_worlds_fault(playground, app, tmp_path):
    env = environment(playground, app, tmp_path, API_URL="http://127.0.0.1:9", PACE="0.001")
    process = run(["serve"], env)
    _, words = process.communicate(timeout=100)
    assert process.returncode == 4, words
    assert "Traceback" not in words


async def test_the_doctor_is_content_or_says_what_to_click(playground, app, tmp_path):
    import asyncio
    import json

    await playground.create_repository("acme", "platform", files={"README.md": b"x\n"})
    playground.install(app, "acme")
    process = run(["doctor", "--json"], environment(playground, app, tmp_path))
    out, words = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 0, words
    assert {found["name"]: found["state"] for found in json.loads(out)} == dict.fromkeys(
        ["git", "settings", "data", "store", "app", "permissions", "events", "installations"], "ok"
    )
    playground.world.apps[app.app_id].permissions["checks"] = "read"
    process = run(["doctor"], environment(playground, app, tmp_path))
    _, words = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 4
    assert "checks: write" in words


async def test_a_payload_fed_by_hand(playground, app, tmp_path):
    import asyncio
    import json

    payload = tmp_path / "payload.json"
    body = {"action": "created", "installation": {"id": 1}, "repositories": [{"full_name": "acme/platform"}]}
    payload.write_text(json.dumps(body))
    env = environment(playground, app, tmp_path)

    async def receive(*arguments):
        process = run(["receive", *arguments], env)
        out, words = await asyncio.to_thread(process.communicate, timeout=60)
        assert "Traceback" not in words
        return process.returncode, out, words

    code, out, _ = await receive("installation", str(payload), "--dry-run")
    assert (code, json.loads(out)["targets"][0]["key"]) == (0, "acme/platform")
    assert not (tmp_path / "data").exists()
    assert (await receive("installation", str(payload)))[0] == 0
    assert (await receive("star", str(payload)))[0] == 3
    payload.write_text("{")
    code, out, _ = await receive("issues", str(payload))
    assert (code, json.loads(out)["refused"][0]["code"]) == (3, "bad-payload")
