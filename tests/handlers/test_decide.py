"""An event says only "look again": which object, for which event."""

import json
import re

import pytest

from bot.runs.queue import Target
from bot.workflows.names import comment_of
from handlers import EVENTS, decide

REPO = {"full_name": "acme/platform", "default_branch": "main"}
COMMON = {"installation": {"id": 7}, "repository": REPO, "sender": {"login": "ada", "type": "User"}}
ISSUE = {
    "id": 1,
    "number": 12,
    "title": "t",
    "body": None,
    "state": "open",
    "user": {"login": "ada"},
    "labels": [{"name": "Migration"}],
    "created_at": "2026-11-21T10:00:00Z",
}
MIGRATION = Target("migration", "acme/platform#12", "acme/platform", 7)
TASKS = Target("tasks", "acme/platform", "acme/platform", 7)
REPOSITORY = Target("repository", "acme/platform", "acme/platform", 7)
PULL = {
    "number": 3,
    "body": "<!-- graftsman:folder issue=12 folder=a -->\nx",
    "head": {"ref": "graftsman/s/a", "sha": "0" * 40},
}
CHECK = {"id": 5, "name": "graftsman/spec-guard", "head_sha": "0" * 40, "pull_requests": [{"number": 3}]}
GROUP = {
    "head_sha": "1" * 40,
    "head_ref": f"refs/heads/gh-readonly-queue/main/pr-3-{'2' * 40}",
    "base_sha": "2" * 40,
    "base_ref": "refs/heads/main",
}
JUDGED = Target("pull", "acme/platform#3", "acme/platform", 7)
BOT = {"login": "graftsman[bot]", "type": "Bot"}


def look(event, **payload):
    return list(decide(event, json.dumps({**COMMON, **payload}).encode()))


@pytest.mark.parametrize("action", ["opened", "edited", "labeled", "unlabeled", "closed", "reopened"])
def test_a_labelled_issue(action):
    ends = [TASKS] if action in {"closed", "reopened"} else []  # a task may wait for any issue
    assert look("issues", action=action, issue=ISSUE) == [MIGRATION, *ends]


@pytest.mark.parametrize("action", ["opened", "edited", "labeled", "unlabeled", "closed", "reopened", "assigned"])
def test_a_task(action):
    task = {**ISSUE, "labels": [{"name": "Task"}]}
    assert look("issues", action=action, issue=task) == [TASKS]
    own = [TASKS] if action in {"opened", "closed", "reopened"} else []
    assert look("issues", action=action, issue=task, sender=BOT) == own


@pytest.mark.parametrize("action", ["deleted", "transferred"])
def test_an_issue_that_leaves_may_free_a_task(action):
    assert look("issues", action=action, issue={**ISSUE, "labels": []}) == [TASKS]


@pytest.mark.parametrize("event", ["issue_dependencies", "sub_issues"])
def test_relations_of_issues(event):
    assert look(event, action="whatever_added") == [TASKS]
    assert look(event, action="whatever_added", sender=BOT) == []


@pytest.mark.parametrize("action", ["synchronize", "closed", "ready_for_review", "labeled", "edited"])
def test_the_pull_request_of_a_task(action):
    pull = {"number": 3, "body": "", "head": {"ref": "graftsman/task/12-x", "sha": "0" * 40}}
    assert look("pull_request", action=action, pull_request=pull) == [TASKS, JUDGED]


def test_an_issue_that_has_just_lost_the_label():
    assert look("issues", action="unlabeled", issue={**ISSUE, "labels": []}, label={"name": "migration"}) == [MIGRATION]


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("issues", {"action": "assigned", "issue": ISSUE}),
        ("issues", {"action": "opened", "issue": {**ISSUE, "labels": []}}),
        ("pull_request", {"action": "opened", "pull_request": PULL, "sender": BOT}),
        ("pull_request", {"action": "assigned", "pull_request": {**PULL, "head": {"ref": "feature", "sha": "0"}}}),
        ("pull_request_review", {"action": "review_requested", "pull_request": PULL}),
        ("check_run", {"action": "created", "check_run": CHECK}),
        ("check_run", {"action": "completed", "check_run": CHECK}),
        ("check_run", {"action": "requested_action", "check_run": CHECK, "requested_action": {"identifier": "A!b"}}),
        (
            "check_run",
            {"action": "requested_action", "check_run": CHECK, "requested_action": {"identifier": "x"}, "sender": BOT},
        ),
        ("merge_group", {"action": "destroyed", "merge_group": GROUP}),
        ("merge_group", {"action": "checks_requested", "merge_group": {**GROUP, "head_ref": "refs/heads/main"}}),
        ("push", {"ref": "refs/heads/feature"}),
        ("push", {"ref": "refs/heads/graftsman/s/a", "sender": BOT}),
        ("push", {"ref": 5}),
        ("issue_comment", {"action": "created", "issue": ISSUE, "comment": {"id": 1, "body": "hi"}}),
        ("installation", {"action": "deleted", "repositories": [REPO]}),
        ("star", {"action": "created"}),
        ("label", {"action": "created"}),
    ],
)
def test_what_does_not_matter(event, payload):
    assert look(event, **payload) == []


@pytest.mark.parametrize(
    ("event", "payload", "target"),
    [
        ("pull_request", {"action": "reopened", "pull_request": PULL}, MIGRATION),
        ("pull_request", {"action": "reopened", "pull_request": PULL, "sender": BOT}, MIGRATION),
        ("pull_request", {"action": "synchronize", "pull_request": PULL}, MIGRATION),
        ("pull_request", {"action": "reopened", "pull_request": {**PULL, "body": None}}, REPOSITORY),
        (
            "pull_request",
            {"action": "reopened", "pull_request": {**PULL, "head": {"ref": "graftsman/onboarding", "sha": "0"}}},
            REPOSITORY,
        ),
        ("push", {"ref": "refs/heads/main"}, REPOSITORY),
        ("push", {"ref": "refs/heads/graftsman/s/a"}, REPOSITORY),
        ("label", {"action": "deleted"}, REPOSITORY),
        ("repository", {"action": "renamed"}, REPOSITORY),
        ("installation", {"action": "created", "repository": None, "repositories": [REPO]}, REPOSITORY),
        (
            "installation_repositories",
            {"action": "added", "repository": None, "repositories_added": [REPO]},
            REPOSITORY,
        ),
        (
            "issue_comment",
            {"action": "deleted", "issue": ISSUE, "comment": {"id": 1, "body": "<!-- graftsman:plan issue=12 -->\nx"}},
            MIGRATION,
        ),
        (
            "issue_comment",
            {
                "action": "edited",
                "issue": ISSUE,
                "comment": {"id": 1, "body": "gone"},
                "changes": {"body": {"from": "<!-- graftsman:plan issue=12 -->"}},
            },
            MIGRATION,
        ),
    ],
)
def test_what_does(event, payload, target):
    judged = [JUDGED] if event == "pull_request" else []
    assert look(event, **payload) == [target, *judged]


ANYBODYS = {**PULL, "body": None, "head": {"ref": "feature", "sha": "0"}}


@pytest.mark.parametrize(
    ("event", "payload", "target"),
    [
        *(
            ("pull_request", {"action": action, "pull_request": ANYBODYS}, JUDGED)
            for action in ("opened", "synchronize", "labeled", "unlabeled", "edited", "ready_for_review", "closed")
        ),
        *(
            ("pull_request_review", {"action": action, "pull_request": ANYBODYS}, JUDGED)
            for action in ("submitted", "edited", "dismissed")
        ),
        ("check_run", {"action": "rerequested", "check_run": CHECK}, JUDGED),
        ("check_run", {"action": "completed", "check_run": {**CHECK, "name": "ci"}}, JUDGED),
        (
            "check_run",
            {"action": "requested_action", "check_run": CHECK, "requested_action": {"identifier": "record-review"}},
            Target("action", "acme/platform#5!record-review!ada", "acme/platform", 7),
        ),
        (
            "merge_group",
            {"action": "checks_requested", "merge_group": GROUP, "sender": BOT},
            Target("merge-group", f"acme/platform#3!{'1' * 40}", "acme/platform", 7),
        ),
        (
            "issue_comment",
            {
                "action": "deleted",
                "issue": {**ISSUE, "number": 3, "pull_request": {"url": "x"}},
                "comment": {"id": 1, "body": "<!-- graftsman:status issue=3 -->\nx"},
            },
            JUDGED,
        ),
    ],
)
def test_what_is_judged(event, payload, target):
    assert look(event, **payload) == [target]


@pytest.mark.parametrize("sender", [{"login": "ben"}, BOT])
@pytest.mark.parametrize(("ref", "also"), [("graftsman/s/a", [MIGRATION]), ("feature", [])])
def test_a_pull_request_that_was_decided_is_looked_at_for_its_patches(ref, also, sender):
    pull = {**PULL, "head": {"ref": ref, "sha": "0"}}
    decided = Target("pull", "acme/platform#3", "acme/platform", 7)
    assert look("pull_request", action="closed", pull_request=pull, sender=sender) == [*also, decided]


COMMENT = Target("comment", "acme/platform#12!34", "acme/platform", 7)
HEARD = Target("acknowledge", "acme/platform#12!34", "acme/platform", 7)


def commented(body, action="created", *, author="User", pull=False, **more):
    issue = {**ISSUE, "pull_request": {"url": "x"}} if pull else ISSUE
    comment = {"id": 34, "body": body, "user": {"login": "ada", "type": author} if author else None}
    return look("issue_comment", action=action, issue=issue, comment=comment, **more)


@pytest.mark.parametrize("action", ["created", "edited"])
@pytest.mark.parametrize("pull", [True, False])
@pytest.mark.parametrize(
    "body",
    ["/apply", "/apply\r\n```diff\r\n-a\r\n```", "Please.\n/rollback types", "/APPLY", "/aply", "```\n/a\n```\n/apply"],
)
def test_a_command_names_its_comment(action, pull, body):
    assert commented(body, action, pull=pull) == [HEARD, COMMENT]
    assert comment_of(COMMENT.key) == (12, 34)


@pytest.mark.parametrize(
    "body", [None, "", "hi", " /apply", "> /apply", "`/apply`", "```\n/apply\n```", "<!--\n/apply\n-->", "/usr/bin/env"]
)
def test_a_comment_without_a_command_is_none_of_our_business(body):
    assert commented(body) == []
    assert commented(body, "edited", changes={"body": {"from": "hi"}}) == []


def test_an_order_that_is_taken_out_of_its_comment_is_noted_without_a_word():
    assert commented("hi", "edited", changes={"body": {"from": "/apply"}}) == [COMMENT]


@pytest.mark.parametrize(
    "given",
    [
        {"action": "deleted"},
        {"sender": BOT},
        {"author": "Bot"},
        {"author": "Bot", "action": "edited"},
        {"action": "edited", "sender": BOT, "changes": {"body": {"from": "x"}}},
        {"installation": None},
        {"repository": None},
    ],
)
def test_only_people_give_orders(given):
    assert commented("/apply", **given) == []


def test_whoever_is_gone_gave_an_order_all_the_same():
    assert commented("/apply", author=None) == [HEARD, COMMENT]


def test_an_order_in_what_was_the_bots_words_is_both():
    plan = "<!-- graftsman:plan issue=12 -->"
    assert commented(f"{plan}\n\n/apply", "edited") == [MIGRATION, HEARD, COMMENT]
    assert commented(f"{plan}\n\n/apply", "edited", author="Bot") == [MIGRATION]


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"issue": 5}', b"\xff"])
def test_a_malformed_payload_is_a_value_error(event, body):
    with pytest.raises(ValueError):
        decide(event, body)


def test_every_event_is_asked_for_in_the_app_manifest():
    manifest = (__import__("pathlib").Path(__file__).parents[2] / "app.yml").read_text()
    always_sent = {"installation", "installation_repositories"}  # GitHub sends these to every App
    asked = set(re.findall(r"^  - (\w+)", manifest, re.MULTILINE))
    assert set(EVENTS) - always_sent <= asked
