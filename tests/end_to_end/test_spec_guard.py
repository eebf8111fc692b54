"""The spec guard on pull requests: what is guarded needs a spec, and a spec needs reviews that prove its approval."""

from tests.end_to_end.act import NAME
from tests.end_to_end.files import MANIFEST, SETTINGS, THREE
from tests.end_to_end.gates import (
    GUARDED,
    SPEC,
    all_concluded,
    guard,
    mini_spec,
    more_people,
    opens,
    pushes,
    repository,
    reviews,
)

FORGED = "status: approved\napprovals:\n  - {by: [ada], pull: 1, on: 2026-11-01}\n"


async def brings_the_spec(act, *, reviewer="ben", text=None):
    """Ada's pull request brings a spec; somebody approves it, and it is merged."""
    pull = await opens(act, "ada", "spec", {SPEC: text or mini_spec()}, title="A spec")
    if reviewer:
        await reviews(act, reviewer, pull)
    await act.ada.merge(NAME, pull.number)
    await act.settle()
    return pull


async def test_a_guarded_path_without_a_spec_fails_at_its_place_with_the_next_step(stage):
    act = await stage(repository())
    other = await opens(act, "ben", "docs", {"docs/x.md": "y\n"})
    assert guard(act, other).conclusion == "neutral"

    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n"})
    check = guard(act, pull)
    assert (check.status, check.conclusion) == ("completed", "failure")
    (note,) = [one for one in check.annotations if one["annotation_level"] == "failure"]
    assert (note["path"], note["start_line"], note["title"]) == ("src/a.py", 1, "uncovered")
    assert "Next: name it under" in note["message"]
    assert "`uncovered`" in check.summary and "**Next:**" in check.summary

    # A spec that was pushed straight to the default branch was reviewed by nobody.
    await act.commits({SPEC: mini_spec(more=FORGED)})
    await pushes(act, "ben", "work", {"src/a.py": "a = 2\n"}, parent=act.repository.branch("main"))
    check = guard(act, pull)
    assert check.conclusion == "failure"
    assert "no reviewed pull request brought it" in check.summary
    assert all_concluded(act)


async def test_a_spec_covers_that_was_approved_where_it_came_from(stage):
    act = await stage(repository())
    brought = await brings_the_spec(act)
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n"})
    check = guard(act, pull)
    assert (check.conclusion, check.title) == ("success", "1 changed path covered by 1 spec")
    (review,) = brought.reviews
    assert f"by ben on {review.submitted_at.date()}" in check.summary
    assert f"(pull request {brought.number})" in check.summary

    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []
    assert len(act.checks(pull, "graftsman/spec-guard")) == 1

    # The settings change: the same check says what is found now.
    await act.commits({SETTINGS: GUARDED.replace("guarded", "max_age_days: 30, guarded")})
    await act.settle()
    assert len(act.checks(pull, "graftsman/spec-guard")) == 1

    # A merge nobody looked at is no approval either.
    await brings_the_spec(act, reviewer="", text=mini_spec(body="# Source\n\nAnd more.\n"))
    await pushes(act, "ben", "work", {"src/a.py": "a = 2\n"}, parent=act.repository.branch("main"))
    check = guard(act, pull)
    assert check.conclusion == "failure" and "nobody who may has reviewed it" in check.summary


async def test_a_spec_that_comes_along_needs_a_review_of_this_pull_request(stage):
    act = await stage(repository())
    more_people(act, ("eve", "write"))
    text = mini_spec(more=FORGED)
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n", SPEC: text})
    check = guard(act, pull)
    assert check.conclusion == "failure"
    assert "The content of `tasks/specs/0001-src.md` is not approved" in check.summary
    assert "`status` and `approvals` in the file approve nothing" in check.summary

    await reviews(act, "rex", pull)
    assert guard(act, pull).conclusion == "failure"
    await reviews(act, "eve", pull)
    assert guard(act, pull).conclusion == "success"

    # The file's records may change, what it says may not.
    await pushes(act, "ben", "work", {SPEC: text.replace("status: approved", "status: done")})
    assert guard(act, pull).conclusion == "success"
    await pushes(act, "ben", "work", {SPEC: text.replace("# Source", "# All sources")})
    check = guard(act, pull)
    assert check.conclusion == "failure" and "given for another content" in check.summary
    assert all_concluded(act)


async def test_the_policy_says_who_approves_specs(stage):
    rule = "approvals:\n  - {name: product, phases: [spec], from: {users: [dora]}}\n"
    act = await stage(repository(GUARDED + rule))
    more_people(act, ("eve", "write"), ("dora", "write"))
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n", SPEC: mini_spec()})
    await reviews(act, "eve", pull)
    check = guard(act, pull)
    assert check.conclusion == "failure" and "it could come from dora" in check.summary
    await reviews(act, "dora", pull)
    assert guard(act, pull).conclusion == "success"


async def test_a_stale_review_fails_only_what_it_holds_up(stage):
    act = await stage(repository(**{SPEC: mini_spec(days=90), "src/c.py": "c = 1\n"}))
    other = await opens(act, "ben", "docs", {"docs/x.md": "y\n"})
    check = guard(act, other)
    assert check.conclusion == "neutral"
    assert "<details>" in check.summary and "`stale-review`" in check.summary
    assert "does not fail this check" in check.summary or "do not fail this check" in check.summary
    assert {one["annotation_level"] for one in check.annotations} == {"notice"}

    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n"})
    check = guard(act, pull)
    assert check.conclusion == "failure"
    (note,) = [one for one in check.annotations if one["title"] == "stale-review"]
    assert (note["path"], note["start_line"], note["annotation_level"]) == (SPEC, 5, "failure")


async def test_a_spec_that_is_deleted_or_narrowed_uncovers_nothing(stage):
    act = await stage(repository())
    await brings_the_spec(act)
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n", SPEC: None})
    check = guard(act, pull)
    assert check.conclusion == "failure"
    assert {one["title"] for one in check.annotations} >= {"uncovered", "spec-removed"}

    narrowed = await opens(act, "ben", "narrow", {"src/a.py": "a = 2\n", SPEC: mini_spec(covers='["docs/**"]')})
    assert "was covered by" in guard(act, narrowed).summary
    await reviews(act, "ada", narrowed)
    assert guard(act, narrowed).conclusion == "failure"


async def test_a_folder_of_a_migration_is_held_to_the_spec_that_its_manifest_names(stage):
    manifest = THREE.replace("folders:", f"spec: {SPEC}\nfolders:")
    settings = 'version: 1\nspec: {guarded: ["apps/**", "packages/**"]}\n'
    act = await stage(repository(settings, **{MANIFEST: manifest}))
    covers = '["apps/**", "packages/**", "STAGING/**"]'
    await brings_the_spec(act, text=mini_spec(covers=covers))
    await act.begins(labeller="ben")
    pull = act.pull("chat")
    check = guard(act, pull)
    assert (check.conclusion, all_concluded(act)) == ("success", True)

    # Its review grows old on the base: the head that brings it anew is judged by it.
    await act.commits({SPEC: mini_spec(covers=covers, days=40)})
    await act.settle()
    await pushes(act, "ben", pull.head_ref, {"apps/chat/README.md": "# Chat!\n"})
    check = guard(act, pull)
    assert check.conclusion == "failure" and "`stale-review`" in check.summary
    (said,) = act.said(pull.issue, "status")
    assert "The spec guard fails" in said.body
