"""The port: shapes, limits of texts, niceties, and what is asked of GitHub."""

import inspect
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.contracts.github import Annotation
from bot.github.errors import AnswerError, ForbiddenError, InvalidError, NotFoundError
from bot.github.facade import RepositoryGitHub
from bot.workflows.ports import GitHub

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
USER = {"login": "ada"}
SHA = "1" * 40
HERE = {"id": 1, "full_name": "o/r", "default_branch": "main"}


def pull(number, minutes=0, ref="graftsman/m/f", repo=HERE):
    return {
        "number": number, "title": "t", "body": None, "state": "open", "user": USER, "labels": [{"name": "a"}],
        "created_at": (NOW - timedelta(minutes=minutes)).isoformat(),
        "head": {"ref": ref, "sha": SHA, "repo": repo}, "base": {"ref": "main", "sha": "2" * 40, "repo": HERE},
    }  # fmt: skip


def test_the_facade_has_every_method_of_the_port_with_its_parameters():
    for name, wanted in inspect.getmembers(GitHub):
        if name.startswith("_"):
            continue
        have = inspect.getattr_static(RepositoryGitHub, name)
        assert isinstance(have, property) is isinstance(inspect.getattr_static(GitHub, name), property), name
        if callable(wanted):
            want, got = inspect.signature(wanted).parameters, inspect.signature(getattr(RepositoryGitHub, name))
            got = got.parameters
            assert [(p.name, p.kind, p.default) for p in want.values()] == [
                (p.name, p.kind, p.default) for p in got.values()
            ], name


async def test_pulls_stop_paging_at_the_first_that_is_too_old(script, repo):
    link = f'<{script.url}/repos/o/r/pulls?page=2>; rel="next"'
    script.on("GET", "/repos/o/r/pulls", (200, [pull(3, 1), pull(2, 10), pull(1, 20)], {"link": link}))
    found = await repo.pulls(since=NOW - timedelta(minutes=10))
    assert [each.number for each in found] == [3, 2]
    (call,) = script.calls()
    assert call.query == {"state": "all", "sort": "created", "direction": "desc", "per_page": "100"}


async def test_pulls_from_a_branch_are_those_of_this_repository(script, repo):
    other = {"id": 2, "full_name": "fork/r"}
    answers = [pull(3), pull(2, repo=other), pull(1, repo=None), pull(4, ref="x")]
    script.on("GET", "/repos/o/r/pulls", answers)
    assert [each.number for each in await repo.pulls_from("graftsman/m/f")] == [3]
    assert script.calls()[0].query["head"] == "o:graftsman/m/f"


async def test_a_listing_without_end_is_an_error_and_never_a_cut_list(script, repo):
    link = f'<{script.url}/repos/o/r/labels?page=2>; rel="next"'
    script.on("GET", "/repos/o/r/labels", (200, [{"name": "a"}], {"link": link}))
    with pytest.raises(AnswerError, match="200 pages"):
        await repo.labels()


async def test_issues_leave_pull_requests_out(script, repo):
    issue = {"id": 1, "number": 1, "title": "t", "state": "open", "created_at": NOW.isoformat(), "user": None}
    script.on("GET", "/repos/o/r/issues", [issue, {**issue, "number": 2, "pull_request": {}}])
    found = await repo.issues(labels=["a", "b c"])
    assert [(each.number, each.user) for each in found] == [(1, "ghost")]
    assert script.calls()[0].query["labels"] == "a,b c"


async def test_label_events_come_from_the_timeline(script, repo):
    at = NOW.isoformat()
    events = [
        {"event": "commented", "user": USER},
        {"event": "labeled", "label": {"name": "migration", "color": "x"}, "actor": USER, "created_at": at},
        {"event": "unlabeled", "label": {"name": "migration"}, "actor": None, "created_at": at},
    ]
    script.on("GET", "/repos/o/r/issues/4/timeline", events)
    found = await repo.label_events(4)
    assert [(each.event, each.label, each.actor) for each in found] == [
        ("labeled", "migration", "ada"),
        ("unlabeled", "migration", "ghost"),
    ]


@pytest.mark.parametrize(
    ("issue", "login"),
    [
        ({"lastEditedAt": None, "editor": None}, None),
        ({"lastEditedAt": "2026-11-21T08:00:00Z", "editor": {"__typename": "User", "login": "ada"}}, "ada"),
        ({"lastEditedAt": "2026-11-21T08:00:00Z", "editor": {"__typename": "Bot", "login": "x"}}, "x[bot]"),
        ({"lastEditedAt": "2026-11-21T08:00:00Z", "editor": None}, "ghost"),
    ],
)
async def test_the_last_edit(script, repo, issue, login):
    script.on("POST", "/graphql", (200, {"data": {"repository": {"issue": issue}}}))
    edit = await repo.last_edit(4)
    assert edit is None if login is None else (edit.login, edit.at) == (login, NOW)
    assert script.calls()[0].json["variables"] == {"owner": "o", "name": "r", "number": 4}


async def test_the_last_edit_of_no_issue(script, repo):
    script.on("POST", "/graphql", (200, {"data": {"repository": {"issue": None}}}))
    with pytest.raises(NotFoundError):
        await repo.last_edit(4)


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ({"permission": "write", "role_name": "maintain"}, "maintain"),
        ({"permission": "write", "role_name": "release-manager"}, "write"),
        ({"permission": "read"}, "read"),
        ({"permission": "owner-of-all"}, "none"),
        ({}, "none"),
        (404, "none"),
    ],
)
async def test_the_role_or_what_it_comes_to(script, repo, answer, role):
    script.on("GET", "/repos/o/r/collaborators/ada/permission", answer)
    assert await repo.permission("ada") == role


async def test_a_login_is_part_of_the_path_and_no_path_of_its_own(script, repo):
    assert await repo.permission("../../x?y") == "none"
    assert script.seen[-1].path in {"/repos/o/r/collaborators/..%2F..%2Fx%3Fy/permission",
                                    "/repos/o/r/collaborators/../../x?y/permission"}  # fmt: skip
    assert script.seen[-1].query == {}


async def test_a_label_that_is_there_stays(script, repo):
    there = (422, {"message": "Validation Failed", "errors": [{"code": "already_exists", "field": "name"}]})
    script.on("POST", "/repos/o/r/labels", there, (422, {"message": "no", "errors": [{"code": "invalid"}]}), 404)
    await repo.label("a", "ffffff", "x")
    with pytest.raises(InvalidError):
        await repo.label("a", "f", "x")
    with capture_logs() as lines:
        await repo.label("a", "ffffff", "x")
    assert "no such endpoint" in lines[-1]["event"]


async def test_a_reaction_is_a_nicety_and_may_be_repeated(script, repo):
    script.on("POST", "/repos/o/r/issues/comments/5/reactions", 502, (200, {"id": 1}))
    await repo.react(5, "eyes")
    with capture_logs() as lines:
        await repo.react(6, "eyes")
    assert lines[-1]["comment"] == 6
    script.on("POST", "/repos/o/r/issues/comments/7/reactions", 403)
    with pytest.raises(ForbiddenError):
        await repo.react(7, "eyes")


async def test_no_labels_are_no_request(script, repo):
    await repo.add_labels(1, [])
    assert script.seen == []


@pytest.mark.parametrize(
    "call",
    [
        lambda repo: repo.create_comment(1, "x" * 60_001),
        lambda repo: repo.update_comment(1, "x" * 60_001),
        lambda repo: repo.create_pull(head="a", base="b", title="t", body="x" * 65_537),
        lambda repo: repo.create_pull(head="a", base="b", title="t" * 257, body=""),
        lambda repo: repo.update_pull(1, body="x" * 65_537),
        lambda repo: check(repo, summary="x" * 65_536),
        lambda repo: check(repo, text="x" * 65_536),
        lambda repo: check(repo, title="x" * 256),
        lambda repo: check(repo, annotations=[note(1, message="é" * 32_769)]),
        lambda repo: repo.update_check(1, conclusion="success", title="t", summary="x" * 65_536),
    ],
)
async def test_texts_over_githubs_limits_are_bugs_and_are_never_sent(script, repo, call):
    with pytest.raises(ValueError, match="GitHub"):
        await call(repo)
    assert script.seen == []


# -- check runs --


def note(number, message="m"):
    return Annotation(path="a.ts", start_line=number, end_line=number, annotation_level="warning", message=message)


def check(repo, conclusion="success", title="t", summary="s", text="", annotations=()):
    return repo.create_check(
        name="graftsman/certificate", sha=SHA, external_id="e", conclusion=conclusion, title=title,
        summary=summary, text=text, annotations=annotations,
    )  # fmt: skip


class Run:
    """A check run as GitHub keeps it: every update appends its annotations."""

    def __init__(self, script, faults=()):
        self.notes, self.state, self.faults = [], {}, list(faults)
        script.on("POST", "/repos/o/r/check-runs", lambda seen: (201, self.take(seen.json)))
        script.on("PATCH", "/repos/o/r/check-runs/8", self.patch)
        script.on("GET", "/repos/o/r/check-runs/8", lambda seen: self.shown())

    def shown(self):
        output = {**self.state.get("output", {}), "annotations_count": len(self.notes)}
        return {"id": 8, "name": "n", "head_sha": SHA, **self.state, "output": output}

    def take(self, data):
        assert len(data["output"].get("annotations", [])) <= 50
        self.notes += [each["start_line"] for each in data["output"].get("annotations", [])]
        self.state |= data
        return self.shown()

    def patch(self, seen):
        fault = self.faults.pop(0) if self.faults else None
        if fault == "before":
            return "drop"
        answer = self.take(seen.json)
        return "drop" if fault == "after" else answer


async def test_a_check_is_one_request(script, repo):
    run = Run(script)
    made = await check(repo, annotations=[note(n) for n in range(50)])
    assert (made.id, made.status, made.conclusion) == (8, "completed", "success")
    assert run.notes == list(range(50))
    assert len(script.calls()) == 1
    sent = script.calls()[0].json["output"]["annotations"][0]
    assert sent == {"path": "a.ts", "start_line": 0, "end_line": 0, "annotation_level": "warning", "message": "m"}


@pytest.mark.parametrize("faults", [[], ["before"], ["after"], ["before", "after", None, "after"]])
async def test_more_annotations_are_appended_and_none_is_doubled(script, repo, faults):
    run = Run(script, faults)
    made = await check(repo, annotations=[note(n) for n in range(120)])
    assert run.notes == list(range(120))
    assert (made.status, made.conclusion) == ("completed", "success")
    assert script.calls("POST")[0].json["status"] == "in_progress"


async def test_a_check_that_a_kill_left_unfinished_is_finished_without_doubling(script, repo):
    run = Run(script)
    run.take({"output": {"annotations": [{"start_line": n} for n in range(50)]}, "status": "in_progress"})
    listed = [note(n) for n in range(120)]
    for _ in range(2):
        await repo.update_check(8, conclusion="neutral", title="t", summary="s", annotations=listed)
        assert run.notes == list(range(120))
        assert run.state["conclusion"] == "neutral"


async def test_an_update_without_annotations_is_one_request_that_may_be_repeated(script, repo):
    Run(script, ["before"])
    await repo.update_check(8, conclusion="success", title="t", summary="s")
    assert [each.method for each in script.calls()] == ["PATCH", "PATCH"]


async def test_check_runs_are_asked_for_by_name(script, repo):
    runs = {"total_count": 1, "check_runs": [{"id": 8, "name": "n", "head_sha": SHA, "status": "completed",
                                              "conclusion": "success", "app": {"slug": "g"}, "external_id": None}]}  # fmt: skip
    script.on("GET", f"/repos/o/r/commits/{SHA}/check-runs", runs)
    (run,) = await repo.check_runs(SHA, "n")
    assert (run.app, run.external_id) == ("g", "")
    assert script.calls()[0].query == {"check_name": "n", "filter": "latest", "per_page": "100"}
