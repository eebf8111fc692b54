"""The base moves under pull requests that Graftsman opened for patches: they are replayed, and still taken back."""

import re

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.test_patches import DIFF, FILES, comments, fenced, reactions, says, status

TOP = "// on top\n"


@pytest.fixture
async def act(stage):
    """An issue, and the pull request that its patch got."""
    act = await stage({path: text.encode() for path, text in FILES.items()})
    act.issue = await act.ada.open_issue(NAME, "Greet in the morning", "We should.")
    act.later(20)
    await comments(act, says(DIFF), who="ada", number=act.issue.number)
    (act.pr,) = act.pulls
    return act


def head(act):
    return act.repository.branch(act.pr.head_ref)


async def moves(act, content, who="ada"):
    act.later(20)
    await act.does(act.commits(content, who=who))
    act.later(20)


async def test_it_is_replayed_keeps_its_trailers_and_is_taken_back_all_the_same(act):
    old = await act.commit(head(act))
    with act.counting() as counted:
        await moves(act, {"src/greet.ts": TOP + FILES["src/greet.ts"]})
    assert len(counted.pushes) == 1
    new = await act.commit(head(act))
    main = act.repository.branch("main")
    assert new.parents == (main,) and new.author == old.author
    found = dict(re.findall(r"^(Graftsman-[\w-]+): (.+)$", new.message, re.MULTILINE))
    before = dict(re.findall(r"^(Graftsman-[\w-]+): (.+)$", old.message, re.MULTILINE))
    assert found == {**before, "Graftsman-Base": main, "Graftsman-Replayed-From": old.oid}
    text = await act.file("src/greet.ts", act.pr.head_ref)
    assert text.startswith(TOP.encode()) and b"Good morning" in text
    assert act.check(act.pr, "graftsman/patch").conclusion == "success"
    assert new.oid[:12] in status(act, act.issue)
    # A second look, also of a database that was lost, does nothing.
    with act.counting() as counted:
        await act.delivered_again()
        await act.restart(forget=True)
    assert counted.pushes == []
    assert "Replayed" not in status(act, act.issue) and new.oid[:12] in status(act, act.issue)
    comment = await comments(act, "/rollback", who="ada")
    assert reactions(comment) == ["eyes", "rocket"]
    assert await act.file("src/greet.ts", act.pr.head_ref) == (TOP + FILES["src/greet.ts"]).encode()


async def test_a_rollback_on_top_is_replayed_with_what_it_takes_back(act):
    await comments(act, "/rollback", who="ada")
    await comments(act, says(DIFF.replace("Good morning", "Ahoy")), who="ada")
    await moves(act, {"src/greet.ts": TOP + FILES["src/greet.ts"]})
    commits = [
        await act.commit(oid) for oid in await act.repository.store.log(head(act), act.repository.branch("main"))
    ]
    again, undone, first = commits
    assert f"Graftsman-Source: rollback#{first.oid}" in undone.message
    assert again.parents == (undone.oid,)
    await comments(act, "/rollback", who="ada")
    assert await act.file("src/greet.ts", act.pr.head_ref) == (TOP + FILES["src/greet.ts"]).encode()
    await comments(act, "/rollback", who="ada")
    assert "`rollback-not-found`" in status(act)


async def test_what_it_does_not_touch_moves_nothing(act):
    old = head(act)
    with act.counting() as counted:
        await moves(act, {"README.md": "# On\n"})
    assert head(act) == old and counted.writes == []


async def test_a_merged_replay_delivers_the_patch_once(act):
    await moves(act, {"src/greet.ts": TOP + FILES["src/greet.ts"]})
    await act.does(act.ben.merge(NAME, act.pr.number))
    assert b"Good morning" in await act.file("src/greet.ts")
    (report,) = act.said(act.pr.issue, "delivery")
    assert "1 patch delivered" in report.body
    types = [event.type for event in await act.events() if event.details.get("command") != "replay"]
    assert types.count("PATCH_APPLIED") == types.count("PATCH_DELIVERED") == 1
    told = [event for event in await act.events() if event.details.get("command") == "replay"]
    assert [event.type for event in told] == ["VALIDATION_PASSED", "PROCESSING_STARTED", "PATCH_APPLIED"]


async def test_a_collision_is_shown_and_solved_by_a_choice(act):
    old = head(act)
    await moves(act, {"src/greet.ts": FILES["src/greet.ts"].replace("Hello", "Ahoy")})
    assert head(act) == old
    said = status(act)
    assert "Ahoy" in said and "Good morning" in said and "`/replay theirs`" in said
    comment = await comments(act, "/replay theirs", who="ada")
    assert reactions(comment) == ["eyes", "rocket"]
    assert b"Good morning" in await act.file("src/greet.ts", act.pr.head_ref)
    assert "choice" not in status(act)


async def test_a_held_one_stays_until_the_label_goes(act):
    old = head(act)
    await act.does(act.ada.label(NAME, act.pr.number, "graftsman/hold"))
    await moves(act, {"src/greet.ts": TOP + FILES["src/greet.ts"]})
    assert head(act) == old
    await act.does(act.ada.unlabel(NAME, act.pr.number, "graftsman/hold"))
    assert head(act) != old


async def test_peoples_pull_requests_are_never_touched(act):
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"src/greet.ts": FILES["src/greet.ts"].replace("loud", "soft")}, "topic", who="ben")
    pull = await act.ben.open_pull(NAME, "topic", "Mine")
    act.later(20)
    await act.settle()
    await comments(act, f"/apply\n\n{fenced(DIFF)}", who="ben", number=pull.number)
    theirs = act.repository.branch("topic")
    await moves(act, {"src/greet.ts": TOP + FILES["src/greet.ts"]})
    assert act.repository.branch("topic") == theirs
    await comments(act, "/replay", who="ben", number=pull.number)
    assert "`replay-not-ours`" in status(act, pull.issue)
