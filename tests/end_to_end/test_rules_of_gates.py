"""Settings that cannot be read close the gates; code owners are asked for what is theirs."""

from tests.end_to_end.act import NAME
from tests.end_to_end.files import SETTINGS
from tests.end_to_end.gates import (
    all_concluded,
    approvals,
    guard,
    mini_spec,
    more_people,
    opens,
    pushes,
    reports,
    repository,
    reviews,
    status,
)

GOOD = 'version: 1\nspec: {guarded: ["src/**"]}\napprovals:\n  - {name: code, from: {permission: write}}\n'
BAD = GOOD + "aprovals: []\n"


async def test_settings_that_cannot_be_read_close_every_gate_until_they_are_mended(stage):
    act = await stage(repository(GOOD))
    more_people(act, ("eve", "write"))
    pull = await opens(act, "ben", "work", {"docs/x.md": "y\n"})
    await reviews(act, "eve", pull)
    assert (approvals(act, pull).conclusion, guard(act, pull).conclusion) == ("success", "neutral")

    await act.commits({SETTINGS: BAD})
    await act.settle()
    for check in (approvals(act, pull), guard(act, pull)):
        assert check.conclusion == "failure"
        assert ".github/graftsman.yml" in check.summary and "5" in check.summary and "Next:" in check.summary
    # A head that comes meanwhile, and a pull request, have their checks, too.
    await pushes(act, "ben", "work", {"docs/x.md": "z\n"})
    other = await opens(act, "ben", "other", {"docs/y.md": "y\n"})
    for one in (pull, other):
        assert (approvals(act, one).conclusion, guard(act, one).conclusion) == ("failure", "failure")

    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []

    await act.commits({SETTINGS: GOOD})
    await act.settle()
    assert (approvals(act, pull).conclusion, guard(act, pull).conclusion) == ("action_required", "neutral")
    await reviews(act, "eve", pull)
    assert approvals(act, pull).conclusion == "success"
    assert all_concluded(act)


async def test_a_merge_group_and_a_button_do_not_hang_on_settings_that_cannot_be_read(stage):
    act = await stage(repository(GOOD, **{"tasks/specs/0001-src.md": mini_spec(days=90)}))
    more_people(act, ("eve", "write"))
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n"})
    button = guard(act, pull)
    clean = await opens(act, "ben", "clean", {"docs/x.md": "y\n"})
    await reviews(act, "eve", clean)
    await act.commits({SETTINGS: BAD})
    await act.settle()
    head = pull.head_sha
    await act.ada.press(NAME, button.id, "record-review")
    await act.settle()
    assert pull.head_sha == head and "| the button `record-review` | **refused** (`unknown-key`) |" in status(act, pull)

    await reports(act, clean, "ci")
    act.playground.protect(NAME, merge_queue=True, checks=["ci"])
    await act.ben.enqueue(NAME, clean.number)
    await act.settle()
    group = clean.queued.head_sha
    found = {one.name: one.conclusion for one in act.repository.checks.values() if one.head_sha == group}
    assert found == {"graftsman/approvals": "failure", "graftsman/spec-guard": "failure"}
    assert all_concluded(act)


async def test_a_repository_with_a_spec_guard_alone(stage):
    only = 'version: 1\nspec: {guarded: ["src/**"]}\n'
    act = await stage(repository(only))
    pull = await opens(act, "ben", "work", {"docs/x.md": "y\n"})
    await act.commits({SETTINGS: only + "x: 1\n"})
    await act.settle()
    assert guard(act, pull).conclusion == "failure" and act.checks(pull, "graftsman/approvals") == []
    await act.commits({SETTINGS: only})
    await act.settle()
    assert guard(act, pull).conclusion == "neutral"

    # Where nothing asks for anything any more, what failed does not stand there for ever.
    blocked = await opens(act, "ben", "blocked", {"src/a.py": "a = 2\n"})
    assert guard(act, blocked).conclusion == "failure"
    await act.commits({SETTINGS: "version: 1\n"})
    await act.settle()
    assert guard(act, blocked).conclusion == "neutral"


async def test_code_owners_are_asked_for_their_own_paths_and_again_only_for_these(stage):
    owners = "/apps/chat/*.ts @dora\n/apps/chat/*.md @acme/docs\n"
    settings = "version: 1\napprovals:\n  - {name: owners, from: {codeowners: true}}\n"
    act = await stage(repository(settings, CODEOWNERS=owners))
    more_people(act, ("dora", "write"), ("olga", "write"), ("eve", "write"))
    act.repository.owner.type = "Organization"  # the stage makes it as a person's
    act.playground.create_team("acme", "docs", ["olga"])
    act.playground.set_team_permission(NAME, "acme/docs", "write")
    await act.begins()
    pull = act.pull("chat")
    asked = {one.login for one in pull.reviewers} | {f"@{one.slug}" for one in pull.team_reviewers}
    assert asked == {"dora", "@docs"}

    # Somebody else's approval is none.
    await reviews(act, "ben", pull)
    assert approvals(act, pull).conclusion == "action_required"
    await reviews(act, "dora", pull)
    assert "@acme/docs" not in status(act, pull) and "acme/docs" in status(act, pull)
    await reviews(act, "olga", pull)
    assert approvals(act, pull).conclusion == "success"

    pull.team_reviewers.clear()  # as GitHub does when a member has reviewed
    await pushes(act, "eve", pull.head_ref, {"apps/chat/README.md": "# Chats\n"})
    check = approvals(act, pull)
    assert check.conclusion == "action_required"
    asked = {one.login for one in pull.reviewers} | {f"@{one.slug}" for one in pull.team_reviewers}
    assert "dora" not in asked and asked & {"olga", "@docs"}
    await reviews(act, "olga", pull)
    assert approvals(act, pull).conclusion == "success"

    # A pull request cannot change the owners that it is judged by.
    await pushes(act, "eve", pull.head_ref, {"CODEOWNERS": "* @eve\n", "apps/chat/index.ts": "x\n"})
    assert approvals(act, pull).conclusion == "action_required"
    assert "dora" in {one.login for one in pull.reviewers}
