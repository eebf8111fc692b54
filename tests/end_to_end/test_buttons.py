"""Buttons of the spec guard's check: a press is an order, by whoever GitHub says pressed it."""

from bot.playground.acts import checks
from bot.playground.state import Actor
from tests.end_to_end.act import NAME
from tests.end_to_end.files import today
from tests.end_to_end.gates import SPEC, guard, mini_spec, opens, pushes, repository, reviews, status


async def stale(stage):
    """Ben's pull request changes what a spec covers whose review is too old; Ada approved the spec's content here."""
    act = await stage(repository(**{SPEC: mini_spec(days=90)}))
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n", SPEC: mini_spec(days=80, body="# More\n")})
    await reviews(act, "ada", pull)
    check = guard(act, pull)
    assert check.conclusion == "failure" and check.actions[0]["identifier"] == "record-review"
    return act, pull, check


async def presses(act, who, check, identifier="record-review"):
    act.later(20)
    await getattr(act, who).press(NAME, check.id, identifier)
    act.later(20)
    await act.settle()


async def test_the_button_records_the_review_and_the_check_flips(stage):
    act, pull, check = await stale(stage)
    before, began = pull.head_sha, today()
    await presses(act, "ada", check)
    assert pull.head_sha != before
    commit = await act.commit(pull.head_sha)
    assert commit.parents == (before,)
    text = (await act.file(SPEC, "work")).decode()
    assert any(f"last_review: {day}\n" in text for day in act.days_since(began))
    assert text.endswith("# More\n")
    assert guard(act, pull).conclusion == "success"
    assert "| `ada` | the button `record-review`" in status(act, pull)
    (event,) = [one for one in await act.events() if one.type == "PATCH_APPLIED"]
    assert (event.actor, event.details["command"]) == ("ada", "record-review")

    # The same webhook once more, and a press of the same button of the head before: nothing happens.
    after = pull.head_sha
    with act.counting() as counted:
        await act.delivered_again()
    assert (counted.pushes, pull.head_sha) == ([], after)
    await presses(act, "ada", check)
    await presses(act, "ben", check)
    assert pull.head_sha == after


async def test_two_presses_are_one_commit(stage):
    act, pull, check = await stale(stage)
    before = pull.head_sha
    await act.ada.press(NAME, check.id, "record-review")
    await act.ada.press(NAME, check.id, "record-review")
    await act.ben.press(NAME, check.id, "record-review")
    act.later(20)
    await act.settle()
    assert (await act.commit(pull.head_sha)).parents == (before,)
    assert guard(act, pull).conclusion == "success"


async def test_a_press_by_somebody_without_the_right_does_nothing(stage):
    act, pull, check = await stale(stage)
    before = pull.head_sha
    # GitHub shows the button to those with write access; the right may be lost by the time it is looked at.
    tess = Actor(act.tess.user)
    await checks.request_action(act.playground.world, check, tess, "record-review")
    await act.settle()
    assert pull.head_sha == before
    assert "| `tess` | the button `record-review` | not allowed: that takes write access |" in status(act, pull)

    # A button that is none of ours, and one of a check of the same name by another App.
    await presses(act, "ada", check, "rm-rf")
    other = await act.playground.create_app({"checks": "write", "contents": "read"}, [], name="other")
    act.playground.install(other, "acme", ["platform"])
    actor = Actor(act.ben.user, act.playground.world.apps[other.app_id])
    body = {"name": "graftsman/spec-guard", "head_sha": before, "status": "completed", "conclusion": "failure"}
    forged = await checks.create_check(act.playground.world, act.repository, actor, body)
    await presses(act, "ada", forged)
    assert pull.head_sha == before


async def test_a_button_of_an_older_head_is_harmless(stage):
    act, pull, check = await stale(stage)
    head = await pushes(act, "ben", "work", {"src/b.py": "b = 2\n"})
    await presses(act, "ada", check)
    assert pull.head_sha == head


async def test_the_index_is_brought_up_to_date_by_its_button(stage):
    act = await stage(repository(**{"tasks/index.json": '{"version": 1, "specs": []}\n'}))
    pull = await opens(act, "ben", "work", {SPEC: mini_spec()})
    check = guard(act, pull)
    assert [one["identifier"] for one in check.actions] == ["update-index"]
    assert "index-stale" in check.summary
    await presses(act, "ada", check, "update-index")
    assert b'"title": "Source"' in await act.file("tasks/index.json", "work")
    assert "index-stale" not in guard(act, pull).summary and guard(act, pull).actions == []


async def test_the_button_writes_who_approved_into_the_spec_and_the_approval_stands(stage):
    act = await stage(repository())
    pull = await opens(act, "ben", "work", {SPEC: mini_spec(), "src/a.py": "a = 2\n"})
    assert [one["identifier"] for one in guard(act, pull).actions if one["identifier"] == "record-approvals"] == []
    review = await reviews(act, "ada", pull)
    check = guard(act, pull)
    assert check.conclusion == "success" and check.actions[-1]["identifier"] == "record-approvals"
    approved = pull.head_sha
    await presses(act, "ada", check, "record-approvals")
    spec = (await act.file(SPEC, "work")).decode()
    assert 'status: "approved"' in spec and f'"by": ["ada"], "pull": {pull.number}, "commit": "{approved}"' in spec
    # The spec says what it said, so that the approval stands; there is nothing more to record.
    assert guard(act, pull).conclusion == "success" and review.commit_id != pull.head_sha
    assert "record-approvals" not in [one["identifier"] for one in guard(act, pull).actions]
