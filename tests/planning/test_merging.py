"""Whether Graftsman merges: a table of cases, and what holds for all of them."""

import itertools

import pytest

from bot.contracts.policy import Merging
from bot.planning.merging import MergeFacts, decide

ON = Merging(when="approved")
GREEN = {"ours": True, "open": True, "approvals": "approved"}


@pytest.mark.parametrize(
    ("settings", "facts", "action", "because"),
    [
        (ON, {}, "merge", []),
        (Merging(when="approved", how="queue"), {}, "queue", []),
        (Merging(when="approved", how="auto"), {}, "auto", []),
        (Merging(when="approved", how="auto"), {"auto_on": True}, "none", []),
        (Merging(), {}, "none", ["never"]),
        (Merging(), {"ordered": True}, "merge", []),
        (ON, {"ours": False}, "none", ["not-ours"]),
        (ON, {"ours": False, "ordered": True}, "merge", []),
        (ON, {"open": False}, "none", ["closed"]),
        (ON, {"open": False, "ordered": True}, "none", ["closed"]),
        (ON, {"approvals": "pending"}, "none", ["approvals"]),
        (ON, {"approvals": "blocked", "ordered": True}, "none", ["approvals"]),
        (ON, {"approvals": "not-needed"}, "none", ["no-approval"]),
        (ON, {"approvals": "not-applicable"}, "none", ["no-approval"]),
        (ON, {"approvals": "not-needed", "ordered": True}, "merge", []),
        (ON, {"held": True}, "none", ["held"]),
        (ON, {"held": True, "ordered": True}, "none", ["held"]),
        (ON, {"spec": "failure"}, "none", ["spec"]),
        (ON, {"spec": "neutral"}, "merge", []),
        (ON, {"checks": {"ci": None}}, "none", ["checks-pending"]),
        (ON, {"checks": {"ci": "failure"}}, "none", ["checks-failed"]),
        (ON, {"checks": {"ci": "skipped", "x": "neutral"}}, "merge", []),
        (Merging(when="approved", how="queue"), {"checks": {"ci": None}}, "queue", []),
        (ON, {"draft": True}, "none", ["draft"]),
        (ON, {"draft": True, "drafts": True}, "mark-ready", []),
        (ON, {"draft": True, "ours": False, "ordered": True}, "none", ["draft"]),
        (Merging(when="approved", how="auto"), {"auto_on": True, "approvals": "pending"}, "stop-auto", ["approvals"]),
        (Merging(when="approved", how="auto"), {"auto_on": True, "held": True}, "stop-auto", ["held"]),
        (Merging(), {"auto_on": True, "ours": False, "approvals": "pending"}, "none", ["not-ours"]),
        (Merging(), {"auto_on": True}, "none", ["never"]),
        (ON, {"auto_on": True, "approvals": "not-needed"}, "none", ["no-approval"]),
        (Merging(when="approved", how="queue"), {"queue": "in"}, "none", ["queued"]),
        (Merging(when="approved", how="queue"), {"queue": "left"}, "none", ["left-queue"]),
        (Merging(when="approved", how="queue"), {"queue": "left", "ordered": True}, "queue", []),
        (Merging(when="approved", how="queue"), {"queue": "in", "held": True}, "leave-queue", ["held"]),
        (Merging(when="approved", how="queue"), {"queue": "in", "approvals": "pending"}, "leave-queue", ["approvals"]),
        (Merging(), {"queue": "in"}, "none", ["queued"]),
        (Merging(), {"queue": "in", "ours": False, "spec": "failure"}, "leave-queue", ["never", "spec"]),
    ],
)
def test_cases(settings, facts, action, because):
    decided = decide(settings, MergeFacts(**{**GREEN, **facts}))
    if because == ["not-ours"] and settings.when == "never":
        because = ["never", "approvals"]
    assert (decided.action, [kind for kind, _ in decided.because]) == (action, because)


def test_an_order_has_its_own_way():
    assert decide(ON, MergeFacts(**GREEN, ordered=True), "queue").action == "queue"


def test_nothing_is_merged_against_a_gate_whatever_the_rest_says():
    for approvals, spec, held, ordered, way, when in itertools.product(
        ["not-needed", "not-applicable", "approved", "pending", "blocked"],
        ["success", "failure", "neutral"],
        [False, True],
        [False, True],
        ["merge", "queue", "auto"],
        ["never", "approved"],
    ):
        facts = MergeFacts(ours=True, open=True, approvals=approvals, spec=spec, held=held, ordered=ordered)
        decided = decide(Merging(when=when, how=way), facts)
        closed = approvals in {"pending", "blocked"} or spec == "failure" or held
        asked = ordered or (when == "approved" and approvals == "approved")
        assert (decided.action in {"merge", "queue", "auto"}) == (asked and not closed)
