"""Waivers: which lines are some, and which of them hold."""

from datetime import timedelta

import pytest

from bot.contracts.policy import Waivers
from bot.planning.waivers import LONGEST_REASON, MOST, lines_of, waivers
from tests.planning.approvals.cast import START, facts

HEAD = "1" * 40
NOW = START + timedelta(days=1)


def judged(review="cat+", body="waive spec-stale: hotfix", told="", settings=None, now=NOW, edited=None, head=HEAD):
    world = facts(told, review)
    if edited:
        from dataclasses import replace

        world = replace(world, reviews=tuple(replace(each, body_edited_by=edited) for each in world.reviews))
    model = Waivers.model_validate(settings or {}, strict=False)
    return waivers(model, world, {1: body}, head=head, now=now)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("waive spec-stale: hotfix", [("spec-stale", "hotfix")]),
        ("/waive spec-stale: hotfix", [("spec-stale", "hotfix")]),
        ("Waive Spec-Stale : hot  fix now", [("spec-stale", "hot fix now")]),
        ("waive spec-stale:hotfix", [("spec-stale", "hotfix")]),
        ("ok\nwaive a: b: c\nwaive d: e\nwaive a: b: c", [("a", "b: c"), ("d", "e")]),
        ("waive a:", [("a", "")]),
        ("waive a: <!-- hidden -->", [("a", "")]),
        ("waive a: x <!-- hidden --> y", [("a", "x y")]),
        ("waive a", []),
        ("waive", []),
        ("waive the fee please", []),
        ("waiver a: b", []),
        ("I waive a: b", []),
        (" waive a: b", []),
        ("> waive a: b", []),
        ("- waive a: b", []),
        ("    waive a: b", []),
        ("`waive a: b`", []),
        ("waive `a`: b", []),
        ("```\nwaive a: b\n```", []),
        ("~~~\nwaive a: b", []),
        ("<!--\nwaive a: b\n-->", []),
        ("<!-- x\n\nwaive a: b", []),
        ("<pre>\nwaive a: b\n</pre>", []),
        ("<blockquote>\n\nwaive a: b\n\n</blockquote>", []),
        ("`x\nwaive a: b\n`", []),
        ("wa\u200bive a: b", []),
        ("waive a\u200b: b", []),
        ("//waive a: b", []),
    ],
)
def test_lines(body, found):
    assert lines_of(body) == found


def test_lines_and_reasons_are_bounded():
    assert len(lines_of("\n".join(f"waive r{n}: x" for n in range(500)))) == MOST
    assert len(lines_of("waive a: " + "x" * 5000)[0][1]) == LONGEST_REASON


@pytest.mark.parametrize(
    ("why", "case"),
    [
        (None, {}),
        (None, {"review": "dan+"}),
        (None, {"review": "CAT+"}),
        (None, {"edited": "CAT"}),
        (None, {"review": "cat+ cat~"}),
        (None, {"review": "ann+", "settings": {"from": {"users": ["Ann"]}}}),
        (None, {"review": "ben+", "settings": {"from": {"teams": ["Acme/core"]}}}),
        (None, {"review": "tim+", "settings": {"from": {"permission": "triage"}}}),
        (None, {"settings": {"rules": ["spec-*"]}}),
        (None, {"now": START + timedelta(minutes=1, days=14, seconds=-1)}),
        ("expired", {"now": START + timedelta(minutes=1, days=14)}),
        ("expired", {"now": START + timedelta(days=2), "settings": {"days": 1}}),
        ("no-reason", {"body": "waive spec-stale:"}),
        ("not-waivable", {"settings": {"rules": ["other-*"]}}),
        ("not-waivable", {"settings": {"rules": []}}),
        ("not-allowed", {"review": "ann+"}),
        ("not-allowed", {"review": "ray+", "settings": {"from": {"users": ["ray"]}}}),
        ("not-allowed", {"review": "tim+", "settings": {"from": {"users": ["tim"]}}}),
        ("not-allowed", {"review": "nil+", "settings": {"from": {"permission": "read"}}}),
        ("not-allowed", {"settings": {"from": {}}}),
        ("not-allowed", {"told": "roles=cat:write"}),
        ("not-allowed", {"told": "unknown=cat"}),
        ("not-allowed", {"review": "ghost+", "told": "roles=ghost:admin"}),
        ("author", {"told": "author=Cat"}),
        ("requester", {"told": "requester=cat"}),
        ("contributor", {"told": "pushed=cat"}),
        ("bot", {"review": "graftsman[bot]+"}),
        ("bot", {"review": "robo+", "settings": {"from": {"permission": "read"}}}),
        ("not-approving", {"review": "cat~"}),
        ("not-approving", {"review": "cat-"}),
        ("dismissed", {"review": "cat!"}),
        ("superseded", {"review": "cat+ cat-"}),
        ("superseded", {"review": "cat+ cat+"}),
        ("earlier-head", {"review": "cat+@old()"}),
        ("earlier-head", {"head": "2" * 40}),
        ("edited", {"edited": "dan"}),
        ("edited", {"edited": "graftsman[bot]"}),
    ],
)
def test_whether_it_holds(why, case):
    (made,) = judged(**case)
    assert (made.why, made.valid) == (why, why is None)


def test_a_pending_review_says_nothing():
    assert judged(review="cat.") == ()


def test_what_a_waiver_holds():
    (made,) = judged(body="waive Spec-Stale: hotfix")
    assert (made.rule, made.reason, made.user, made.review) == ("spec-stale", "hotfix", "cat", 1)
    assert made.until == START + timedelta(minutes=1, days=14)
