"""Waivers: reviewed, bounded exceptions from the spec guard, given by an approving review and by nothing else."""

from tests.end_to_end.act import NAME
from tests.end_to_end.gates import GUARDED, guard, more_people, opens, pushes, repository, reviews, says, status

LINE = "waive uncovered: it is a spike"


async def uncovered(stage, settings=GUARDED):
    act = await stage(repository(settings))
    more_people(act, ("maia", "maintain"), ("mark", "maintain"))
    pull = await opens(act, "ben", "work", {"src/a.py": "a = 2\n"})
    assert guard(act, pull).conclusion == "failure"
    return act, pull


async def test_a_maintainers_approval_waives_and_it_is_shown(stage):
    act, pull = await uncovered(stage)
    await reviews(act, "maia", pull, body=f"Go on.\n\n{LINE}")
    check = guard(act, pull)
    assert check.conclusion == "success"
    assert "### Waived" in check.summary and "by `maia`, until " in check.summary and "it is a spike" in check.summary
    (event,) = [one for one in await act.events() if one.type == "AUDIT_NOTED"]
    assert (event.actor, event.details["kind"]) == ("maia", "waived")

    # It is bound to this head.
    await pushes(act, "ben", "work", {"src/a.py": "a = 3\n"})
    assert guard(act, pull).conclusion == "failure"


async def test_what_is_no_waiver(stage):
    act, pull = await uncovered(stage)
    for who, event, body in (
        ("rex", "APPROVE", LINE),
        ("ada", "COMMENT", LINE),
        ("ada", "REQUEST_CHANGES", LINE),
        ("ada", "APPROVE", f"> {LINE}"),
        ("ada", "APPROVE", f"```\n{LINE}\n```"),
        ("ada", "APPROVE", f"<!--\n{LINE}\n-->"),
        ("ada", "APPROVE", f"    {LINE}"),
        ("ada", "APPROVE", "waive uncovered:"),
        ("ada", "APPROVE", "waive uncovered"),
        ("ada", "APPROVE", "waive not-approved: another rule"),
        ("ada", "APPROVE", f"I would not {LINE}"),
        ("ben", "COMMENT", LINE),
    ):
        await reviews(act, who, pull, event, body)
        assert guard(act, pull).conclusion == "failure", (who, event, body)
    await act.ben.comment(NAME, pull.number, LINE)
    await act.settle()
    assert guard(act, pull).conclusion == "failure"

    # A review for an older head, and one whose text somebody else wrote.
    head = pull.head_sha
    await pushes(act, "ben", "work", {"src/a.py": "a = 3\n"})
    await reviews(act, "maia", pull, body=LINE, commit=head)
    assert guard(act, pull).conclusion == "failure"
    given = await reviews(act, "maia", pull, body="Fine.")
    await act.ben.edit_review(NAME, pull.number, given.id, LINE)
    act.later()
    await act.settle()
    assert guard(act, pull).conclusion == "failure"

    # A later word of the same person takes it back, dismissing it as well.
    given = await reviews(act, "mark", pull, body=LINE)
    assert guard(act, pull).conclusion == "success"
    await act.ada.dismiss(NAME, pull.number, given.id)
    act.later()
    await act.settle()
    assert guard(act, pull).conclusion == "failure"


async def test_the_command_says_what_to_write_and_waives_nothing(stage):
    act, pull = await uncovered(stage)
    await says(act, "ada", pull, "/waive uncovered: because I say so")
    assert "A comment waives nothing" in status(act, pull)
    assert "`waive uncovered: why it is right all the same`" in status(act, pull)
    assert guard(act, pull).conclusion == "failure"


async def test_a_waiver_of_a_folder_is_in_status_and_delivery_report(stage):
    settings = 'version: 1\nspec: {guarded: ["apps/**"]}\n'
    act = await stage(repository(settings))
    more_people(act, ("maia", "maintain"))
    await act.begins()
    pull = act.pull("chat")
    assert guard(act, pull).conclusion == "failure"
    # Who asked for the change grants no exception from it.
    await reviews(act, "ada", pull, body=LINE)
    assert guard(act, pull).conclusion == "failure"
    assert "is not waived by `ada` (requester)" in status(act, pull)

    await reviews(act, "maia", pull, body=LINE)
    assert guard(act, pull).conclusion == "success"
    assert "`uncovered` is waived by `maia` until" in status(act, pull)
    await act.merges("chat")
    (report,) = act.said(pull.issue, "delivery")
    assert "waived" in report.body and "maia" in report.body


async def test_the_settings_say_who_waives_and_what(stage):
    waivers = 'waivers: {from: {users: [ada]}, rules: ["stale-*"]}\n'
    act, pull = await uncovered(stage, GUARDED + waivers)
    await reviews(act, "ada", pull, body=LINE)
    assert guard(act, pull).conclusion == "failure"
    await act.commits({".github/graftsman.yml": GUARDED + 'waivers: {from: {users: [ada]}, rules: ["un*"]}\n'})
    await act.settle()
    assert guard(act, pull).conclusion == "success"
