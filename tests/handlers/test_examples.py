"""GitHub's own example payloads are read, all of them, and every handler takes those of its event."""

import json
from pathlib import Path

import pytest

from bot.contracts.webhooks import Payload
from handlers import decide

EXAMPLES = Path(__file__).parents[2] / ".cache" / "api.github.com.webhooks.json"
pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples were not fetched: tests.fetch")


def examples():
    listed = json.loads(EXAMPLES.read_bytes())
    return [(event["name"], example) for event in listed for example in event["examples"]]


def of(event, action):
    return [body for name, body in examples() if name == event and body.get("action") == action]


def test_all_of_them_are_read():
    found = examples()
    assert len(found) > 300
    for event, body in found:
        payload = Payload.model_validate(body)
        assert payload.action == body.get("action"), event
        decide(event, json.dumps(body).encode())


def test_reviews():
    for action in ("submitted", "edited", "dismissed"):
        for body in of("pull_request_review", action):
            payload = Payload.model_validate(body)
            told = body["review"]
            assert (payload.review.id, payload.review.user.login) == (told["id"], told["user"]["login"])
            assert (payload.review.state, payload.review.body) == (told["state"], told["body"] or "")
            assert payload.pull_request.number == body["pull_request"]["number"]


def test_checks():
    bodies = of("check_run", "requested_action")
    assert bodies
    for body in [*bodies, *of("check_run", "completed"), *of("check_run", "rerequested")]:
        payload, told = Payload.model_validate(body), body["check_run"]
        assert (payload.check_run.name, payload.check_run.head_sha) == (told["name"], told["head_sha"])
        assert payload.check_run.app == told["app"].get("slug")
        assert payload.check_run.pull_requests == tuple(one["number"] for one in told["pull_requests"])
    assert Payload.model_validate(bodies[0]).requested_action == bodies[0]["requested_action"]["identifier"]


def test_merge_groups():
    body = of("merge_group", "checks_requested")[0]
    payload, told = Payload.model_validate(body), body["merge_group"]
    assert (payload.merge_group.head_sha, payload.merge_group.head_ref) == (told["head_sha"], told["head_ref"])
    assert (payload.merge_group.base_sha, payload.merge_group.base_ref) == (told["base_sha"], told["base_ref"])


def test_the_ends_of_a_synchronize():
    for body in of("pull_request", "synchronize"):
        payload = Payload.model_validate(body)
        assert (payload.before, payload.after) == (body["before"], body["after"])
