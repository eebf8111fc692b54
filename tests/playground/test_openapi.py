"""The judge can say no."""

from dataclasses import replace

import pytest

from bot.playground import Exchange
from tests.openapi import DESCRIPTION, OpenAPI, convert

pytestmark = pytest.mark.skipif(not DESCRIPTION.exists(), reason="the description was not fetched: tests.fetch")
LABEL = {
    "id": 1, "node_id": "x", "url": "http://h/x", "name": "bug", "description": None, "color": "ededed", "default": False
}  # fmt: skip
GOOD = Exchange("GET", "/repos/o/r/labels/bug", {}, 200, False, "", None, LABEL)


def test_a_good_exchange_passes():
    assert OpenAPI.load().faults(GOOD) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"response_body": LABEL | {"id": "1"}}, "/id"),
        ({"response_body": {key: value for key, value in LABEL.items() if key != "color"}}, "color"),
        ({"response_body": LABEL | {"name": None}}, "/name"),
        ({"response_body": LABEL | {"url": "not a url"}}, "/url"),
        ({"response_body": None}, "no body"),
        ({"status": 202}, "not described"),
        ({"path": "/repos/o/r/lables/bug"}, "no such operation"),
        ({"method": "PUT"}, "no such operation"),
        ({"method": "PATCH", "request_body": {"color": 3}}, "request /color"),
        ({"method": "POST", "path": "/repos/o/r/labels", "status": 201}, "request has no body"),
        ({"method": "POST", "path": "/repos/o/r/labels", "status": 201, "request_body": {}}, "name"),
    ],
)
def test_a_bad_exchange_does_not(change, said):
    faults = OpenAPI.load().faults(replace(GOOD, **change))
    assert faults
    assert said in " ".join(faults)


def test_what_a_fault_made_is_not_judged():
    assert OpenAPI.load().faults(replace(GOOD, status=599, forced=True)) == []


def test_nullable_becomes_a_type():
    assert convert({"type": "string", "nullable": True}) == {"type": ["string", "null"]}
    assert convert({"enum": ["a"], "type": "string", "nullable": True}) == {
        "enum": ["a", None],
        "type": ["string", "null"],
    }
    assert convert({"allOf": [{"$ref": "x"}], "nullable": True}) == {
        "anyOf": [{"allOf": [{"$ref": "x"}]}, {"type": "null"}]
    }


async def test_every_exchange_of_a_test_is_judged(playground, judged, client):
    await client.get("/repos/acme/shop")
    assert judged == []
    playground.repository("acme/shop").description = 5
    await client.get("/repos/acme/shop")
    assert any("/description" in fault for fault in judged)
    judged.clear()


async def test_every_webhook_is_judged(playground, judged, client):
    await playground.as_user("ned").open_issue("acme/shop", "t")
    await playground.settled()
    assert judged == []
    playground.webhooks.plan = lambda one: one.payload.pop("issue") and [(0.0, one)]
    await playground.as_user("ned").open_issue("acme/shop", "t")
    await playground.settled()
    assert any("webhook issues-opened" in fault and "issue" in fault for fault in judged)
    judged.clear()
