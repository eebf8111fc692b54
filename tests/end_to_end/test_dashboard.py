"""The dashboard issue: kept by edits; its boxes act for those who may, and are put back for all."""

from bot.workflows import names
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import SETTINGS, files
from tests.end_to_end.tasks import labels, opens_task, task_pull


def stage_with(settings=""):
    return {**files(), SETTINGS: f"version: 1\n{settings}".encode()}


def dashboards(act):
    found = [one for one in act.repository.issues.values() if one.pull is None and one.user.login == BOT]
    return [one for one in found if one.body.startswith("<!-- graftsman:dashboard -->")]


def dashboard(act):
    (one,) = dashboards(act)
    return one


async def ticks(act, who, text, on=True):
    await act.does(getattr(act, who).tick(NAME, dashboard(act).number, text, on))


def ticked(act):
    return [line for line in dashboard(act).body.splitlines() if line.startswith("- [x]")]


def told(act):
    """What the page says of ticks, newest first."""
    _, found, rest = dashboard(act).body.partition("### Ticks\n\n")
    return [line.partition(" UTC, ")[2] for line in rest.split("\n\n")[0].splitlines()] if found else []


async def test_one_page_shows_all_tasks_and_a_tick_by_somebody_who_may_acts(stage):
    act = await stage(stage_with("tasks: {autopilot: false}\n"))
    assert dashboards(act) == []
    first = await opens_task(act, "Add a retry")
    second = await opens_task(act, "Then more", more=f"\nDepends on #{first.number}\n")
    page = dashboard(act)
    assert labels(page) == {names.DASHBOARD_LABEL}
    print(page.body)
    assert f"| #{first.number} Add a retry (critical path) | ready |" in page.body
    assert f"- #{first.number} Add a retry (ready): #{second.number} waits" in page.body
    assert task_pull(act, first) is None
    await ticks(act, "ben", f"Start #{first.number} now")
    print(dashboard(act).body)
    assert task_pull(act, first).draft
    assert ticked(act) == []
    assert told(act) == [f"`ben`: start #{first.number} now. Done."]
