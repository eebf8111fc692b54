"""The dashboard issue: kept by edits; its boxes act for those who may, and are put back for all."""

import asyncio
import re

from bot.contracts.event import PatchEvent
from bot.contracts.github import BodyEdit
from bot.planning.tasks.board.ticks import Act, Given
from bot.playground.shapes.accounts import node_id
from bot.runs.memory import Memory
from bot.runs.store import Store
from bot.workflows import names
from bot.workflows.tasks.book import book_key
from bot.workflows.tasks.dashboard.ticks import order_key
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


NO_AUTOPILOT = "tasks: {autopilot: false}\n"


async def test_one_page_shows_all_tasks_and_a_tick_by_somebody_who_may_acts(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    assert dashboards(act) == []
    first = await opens_task(act, "Add a retry")
    second = await opens_task(act, "Then more", more=f"\nDepends on #{first.number}\n")
    page = dashboard(act)
    assert labels(page) == {names.DASHBOARD_LABEL}
    assert f"| #{first.number} Add a retry (critical path) | ready |" in page.body
    assert f"- #{first.number} Add a retry (ready): #{second.number} waits" in page.body
    assert task_pull(act, first) is None
    await ticks(act, "ben", f"Start #{first.number} now")
    assert task_pull(act, first).draft
    assert ticked(act) == []
    assert told(act) == [f"`ben`: start #{first.number} now. Done."]
    (event,) = [one for one in await act.events() if one.details.get("via") == "dashboard"]
    assert (event.type, event.issue, event.actor) == ("ORDER_CARRIED_OUT", first.number, "ben")
    assert event.details["command"] == "start"

    # Looked at again, nothing is written.
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []


async def test_a_tick_by_somebody_who_may_not_is_put_back_and_told(stage):
    act = await stage(stage_with(NO_AUTOPILOT + "commands: {start: {permission: admin}}\n"))
    task = await opens_task(act, "Add a retry")
    await ticks(act, "ben", f"Start #{task.number} now")
    assert task_pull(act, task) is None
    assert ticked(act) == []
    assert told(act) == [f"`ben`: start #{task.number} now. Nothing was done: it takes admin access."]
    assert all(one.details.get("via") != "dashboard" for one in await act.events())
    await ticks(act, "ada", f"Start #{task.number} now")
    assert task_pull(act, task).draft
    assert told(act)[0] == f"`ada`: start #{task.number} now. Done."


async def test_who_ticked_is_told_by_the_history_and_not_by_who_edited_last(stage):
    act = await stage(stage_with(NO_AUTOPILOT + "commands: {start: {permission: admin}}\n"))
    one = await opens_task(act, "One")
    two = await opens_task(act, "Two")
    page = dashboard(act)
    # Ben may not; ada edits the page after him and leaves his tick, and ben edits it after hers.
    await act.ben.tick(NAME, page.number, f"Start #{one.number} now")
    await act.ada.tick(NAME, page.number, f"Start #{two.number} now")
    await act.does(act.ben.edit_issue(NAME, page.number, body=page.body + "\nA note of mine.\n"))
    assert task_pull(act, one) is None
    assert task_pull(act, two).draft
    assert sorted(told(act)) == [
        f"`ada`: start #{two.number} now. Done.",
        f"`ben`: start #{one.number} now. Nothing was done: it takes admin access.",
    ]
    assert page.body.endswith("<!-- graftsman:end -->\nA note of mine.")


async def test_a_version_that_somebody_deleted_leaves_all_who_may_have_ticked(stage):
    act = await stage(stage_with(NO_AUTOPILOT + "commands: {start: {permission: admin}}\n"))
    task = await opens_task(act, "One")
    page = dashboard(act)
    act.playground.set_webhook(act.app.app_id, None)  # both edits are there before anybody looks
    await act.ben.tick(NAME, page.number, f"Start #{task.number} now")
    page.edits[-1].erased = True
    await act.ada.edit_issue(NAME, page.number, body=page.body + "\nHello.\n")
    await act.restart()
    assert task_pull(act, task) is None
    assert told(act) == [f"`ben`, `ada`: start #{task.number} now. Nothing was done: it takes admin access."]


async def test_a_line_that_somebody_forged_is_judged_as_any_other(stage):
    act = await stage(stage_with(NO_AUTOPILOT + "commands: {start: {permission: admin}}\n"))
    task = await opens_task(act, "One")
    blocked = await opens_task(act, "Two", more=f"\nDepends on #{task.number}\n")
    page = dashboard(act)
    assert f"act:start={blocked.number}" not in page.body

    def forged(number):
        return page.body.replace("### Tasks", f"- [x] Do it <!-- act:start={number} -->\n\n### Tasks")

    await act.does(act.ben.edit_issue(NAME, page.number, body=forged(blocked.number)))
    assert "Nothing was done: it takes admin access." in told(act)[0]
    await act.does(act.ada.edit_issue(NAME, page.number, body=forged(4711)))
    assert told(act)[0] == "`ada`: start #4711 now. Nothing was done: it is no task here."
    await act.does(act.ada.edit_issue(NAME, page.number, body=forged(page.number)))
    assert told(act)[0] == f"`ada`: start #{page.number} now. Nothing was done: it is no task here."
    await act.does(act.ada.edit_issue(NAME, page.number, body=forged(blocked.number)))
    assert told(act)[0] == f"`ada`: start #{blocked.number} now. Done."
    assert task_pull(act, blocked) is None  # what blocks it still does
    await act.does(act.ada.close(NAME, task.number))
    assert task_pull(act, blocked).draft
    assert "Do it" not in page.body


async def test_holding_shows_in_its_box_and_unticking_it_lets_go(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    task = await opens_task(act, "One")
    await ticks(act, "ben", f"Hold #{task.number}")
    assert names.HOLD_LABEL in labels(task)
    assert ticked(act) == [f"- [x] Hold #{task.number}: One <!-- act:unhold={task.number} -->"]
    await act.does(act.tess.unlabel(NAME, task.number, names.HOLD_LABEL))
    assert ticked(act) == []
    await act.does(act.tess.label(NAME, task.number, names.HOLD_LABEL))
    assert len(ticked(act)) == 1
    await ticks(act, "ben", f"Hold #{task.number}", on=False)
    assert names.HOLD_LABEL not in labels(task)
    assert ticked(act) == []
    assert told(act) == [f"`ben`: hold #{task.number} no longer. Done.", f"`ben`: hold #{task.number}. Done."]


async def test_retry_opens_another_pull_request(stage):
    act = await stage(stage_with())
    task = await opens_task(act, "One")
    first = task_pull(act, task)
    assert "act:retry" not in dashboard(act).body
    await act.does(act.ben.close(NAME, first.number))
    await ticks(act, "ben", f"Try #{task.number} again")
    assert task_pull(act, task).number > first.number
    assert told(act) == [f"`ben`: try #{task.number} again. Done."]
    # A page that somebody had open since: there is nothing to try again now.
    page = dashboard(act)
    line = f"- [x] Again <!-- act:retry={task.number} -->"
    await act.does(act.ben.edit_issue(NAME, page.number, body=f"{line}\n{page.body}"))
    number = task_pull(act, task).number
    assert told(act)[0] == f"`ben`: try #{task.number} again. Nothing was done: it has begun, see #{number}."


async def test_a_raised_limit_starts_one_more_and_outlives_the_database(stage):
    act = await stage(stage_with("tasks: {max_open: 1}\n"))
    act.playground.set_permission(NAME, "ben", "maintain")
    one = await opens_task(act, "One")
    two = await opens_task(act, "Two")
    three = await opens_task(act, "Three")
    assert [task_pull(act, each) is not None for each in (one, two, three)] == [True, False, False]
    await ticks(act, "ben", "Raise the limit")
    assert [task_pull(act, each) is not None for each in (one, two, three)] == [True, True, False]
    page = dashboard(act)
    assert "Open at once: 2 of 2 (raised by 1 here)." in page.body
    assert told(act) == ["`ben`: raise the limit of open tasks. Done: 2 now."]
    # The notes of the ledger ride on the next push; then the database is lost.
    await ticks(act, "ben", "Raise the limit")
    assert "Open at once: 3 of 3" in page.body
    await act.restart(forget=True)
    assert dashboard(act) is page
    assert "Open at once: 3 of 3" in page.body or "Open at once: 3 of 2" in page.body
    await ticks(act, "ben", "Put the limit of open tasks back to 1")
    assert "Open at once: 3 of 1." in page.body
    assert "act:lower" not in page.body


async def test_raising_takes_somebody_who_maintains(stage):
    act = await stage(stage_with("tasks: {max_open: 1}\n"))
    await opens_task(act, "One")
    await ticks(act, "ben", "Raise the limit")
    assert told(act) == ["`ben`: raise the limit of open tasks. Nothing was done: it takes maintain access."]
    assert "Open at once: 1 of 1." in dashboard(act).body


async def test_a_closed_page_is_left_alone_and_what_was_ticked_then_is_no_order(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    task = await opens_task(act, "One")
    page = dashboard(act)
    await act.does(act.ben.close(NAME, page.number))
    with act.counting() as counted:
        other = await opens_task(act, "Two")
        await ticks(act, "ben", f"Start #{task.number} now")
    assert not [one for one in counted.writes if one.endswith(f"/issues/{page.number}")]
    assert f"#{other.number}" not in page.body
    await act.does(act.ben.reopen(NAME, page.number))
    assert task_pull(act, task) is None
    assert ticked(act) == []
    assert f"#{other.number} Two" in page.body
    assert "while this issue was closed" in told(act)[0]
    await ticks(act, "ben", f"Start #{task.number} now")
    assert task_pull(act, task).draft


async def test_the_page_is_found_without_its_label_and_made_anew_when_deleted(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    await opens_task(act, "One")
    page = dashboard(act)
    await act.does(act.ada.unlabel(NAME, page.number, names.DASHBOARD_LABEL))
    assert labels(page) == {names.DASHBOARD_LABEL}
    await act.stop()
    await act.ada.unlabel(NAME, page.number, names.DASHBOARD_LABEL)
    await act.restart(forget=True)
    assert labels(dashboard(act)) == {names.DASHBOARD_LABEL}
    await act.does(act.ada.edit_issue(NAME, page.number, body="Gone."))
    assert "### Tasks" in dashboard(act).body
    await act.does(act.ada.delete_issue(NAME, page.number))
    assert dashboard(act).number != page.number


async def test_it_is_no_task_and_not_kept_where_the_settings_say_so(stage):
    act = await stage(stage_with("tasks: {dashboard: false}\n"))
    await opens_task(act, "One")
    assert dashboards(act) == []
    await act.does(act.commits({SETTINGS: "version: 1\n"}))
    page = dashboard(act)
    await act.does(act.ada.label(NAME, page.number, "task"))
    assert task_pull(act, page) is None
    assert "1 in progress." in page.body
    assert not any(name.startswith("status/") for name in labels(page))


async def test_a_second_page_is_closed_as_a_duplicate(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    await opens_task(act, "One")
    page = dashboard(act)
    await act.stop()
    # As if two processes without a common database had made one each.
    other = await act.ada.open_issue(NAME, page.title, page.body, labels=[names.DASHBOARD_LABEL])
    other.user = page.user
    await act.restart(forget=True)
    assert (page.state, other.state, other.state_reason) == ("open", "closed", "duplicate")


async def test_anybody_may_write_the_marker_and_it_is_no_page_of_ours(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    forged = await act.rex.open_issue(NAME, "Mine", "<!-- graftsman:dashboard -->\n- [x] a <!-- act:raise -->\n")
    await act.ada.label(NAME, forged.number, names.DASHBOARD_LABEL)
    before = forged.body
    await opens_task(act, "One")
    page = dashboard(act)
    assert page.number != forged.number
    assert (forged.body, forged.state, told(act)) == (before, "open", [])


async def test_a_tick_whose_webhook_is_lost_or_doubled_is_carried_out_once(stage):
    act = await stage(stage_with("tasks: {max_open: 1}\n"))
    for title in ("One", "Two", "Three", "Four"):
        await opens_task(act, title)
    act.playground.set_webhook(act.app.app_id, None)
    await ticks(act, "ada", "Raise the limit")
    assert len(ticked(act)) == 1
    await act.restart()  # the sweep finds it
    assert "Open at once: 2 of 2 (raised by 1 here)." in dashboard(act).body
    await ticks(act, "ada", "Raise the limit")
    assert "Open at once: 3 of 3 (raised by 2 here)." in dashboard(act).body
    await act.delivered_again()
    await act.delivered_again(new_ids=False)
    assert "Open at once: 3 of 3 (raised by 2 here)." in dashboard(act).body
    assert len([one for one in await act.events() if one.type == "LIMIT_RAISED"]) == 2


async def test_a_kill_before_the_box_is_put_back_does_nothing_twice(stage):
    act = await stage(stage_with("tasks: {max_open: 1}\n"))
    _, two, three = [await opens_task(act, title) for title in ("One", "Two", "Three")]
    page = dashboard(act)
    act.playground.faults.fail_requests(f"PATCH /repos/*/issues/{page.number}", times=None)
    await act.ada.tick(NAME, page.number, "Raise the limit")
    async with asyncio.timeout(30):
        while task_pull(act, two) is None:
            await asyncio.sleep(0.02)
    await act.stop()
    act.playground.faults.clear()
    assert len(ticked(act)) == 1
    act.later()
    await act.restart()
    assert ticked(act) == []
    assert "Open at once: 2 of 2 (raised by 1 here)." in page.body
    assert told(act) == ["`ada`: raise the limit of open tasks. Done: 2 now."]
    assert task_pull(act, three) is None
    assert len([one for one in await act.events() if one.type == "LIMIT_RAISED"]) == 1


async def test_a_kill_right_after_the_raise_was_told_raises_no_further(stage):
    act = await stage(stage_with("tasks: {max_open: 1}\n"))
    await opens_task(act, "One")
    page = dashboard(act)
    act.playground.set_webhook(act.app.app_id, None)
    await act.ada.tick(NAME, page.number, "Raise the limit")
    order = order_key(Given(Act("raise"), ("ada",), await newest_edit(act, page)))
    await act.running.ledger.append([raised(act, page, order)])
    await act.stop()  # and it died when the raise was noted, too
    store = await Store.open(act.home / "data" / "graftsman.sqlite")
    memory, key = Memory(store), book_key(NAME)
    await memory.set(key, {**await memory.get(key), "raised": {"max_open": 1}})
    await store.close()
    await act.restart()
    assert "Open at once: 1 of 2 (raised by 1 here)." in page.body
    assert told(act) == ["`ada`: raise the limit of open tasks. Done: 2 now."]


async def newest_edit(act, page):
    edit = page.edits[-1]
    return BodyEdit(id=node_id("UCE", f"{page.id}-{len(page.edits)}"), login=edit.editor.login, at=edit.at)


def raised(act, page, order):
    details = {"order": order, "limit": "max_open", "by": "1"}
    return PatchEvent(
        id="f" * 40, type="LIMIT_RAISED", at=act.playground.clock.now(), repository=NAME, issue=page.number,
        subject=f"order:{order}", actor="ada", details=details,
    )  # fmt: skip


async def test_a_tick_that_the_bot_overwrote_at_that_very_moment_is_carried_out_all_the_same(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    task = await opens_task(act, "One")
    page = dashboard(act)
    struck = []

    async def tick(asked, when):
        if not struck and (asked.method, when) == ("PATCH", "before") and asked.path.endswith(f"/issues/{page.number}"):
            struck.append(asked.path)
            await act.ben.tick(NAME, page.number, f"Start #{task.number} now")

    act.playground.faults.watch = tick
    await opens_task(act, "Two")
    assert len(struck) == 1
    assert [edit.editor.login for edit in page.edits[-3:]].count("ben") == 1
    assert task_pull(act, task).draft
    assert told(act) == [f"`ben`: start #{task.number} now. Done."]


async def test_rules_for_a_command_that_there_is_not_forbid_all(stage):
    act = await stage(stage_with(NO_AUTOPILOT + "commands: {strat: {permission: admin}}\n"))
    task = await opens_task(act, "One")
    await ticks(act, "ada", f"Start #{task.number} now")
    assert task_pull(act, task) is None
    assert "a rule for a command that there is not" in told(act)[0]


async def test_titles_mean_nothing_on_the_page(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    hostile = [
        "@all | look --> <!-- act:raise --> `code` | x",
        "<!-- graftsman:end -->",
        ']; end; subgraph x["y"] --> z',
        "- [x] Start <!-- act:start=1 -->",
        "``` <img src=x onerror=alert(1)> #1 https://example.com",
    ]
    tasks = [await opens_task(act, title) for title in hostile]
    await opens_task(act, "Last", more="".join(f"\nDepends on #{one.number}" for one in tasks))
    page = dashboard(act)
    assert "@all" not in page.body.replace("@\u200ball", "")
    assert page.body.count("<!-- act:raise -->") == 1
    assert [line for line in page.body.splitlines() if line == "<!-- graftsman:end -->"] == ["<!-- graftsman:end -->"]
    rows = [line for line in page.body.splitlines() if line.startswith("| #")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    (picture,) = re.findall(r"```mermaid\n(.*?)\n```", page.body, re.DOTALL)
    assert not re.search(r"[;<>@`]", re.sub(r"==>|-->|-\.->", "", picture).replace("mermaid", ""))
    assert ticked(act) == []
    await ticks(act, "ben", f"Start #{tasks[0].number} now")
    assert task_pull(act, tasks[0]).draft
    assert len(told(act)) == 1


async def test_what_people_write_below_is_kept_and_what_they_write_above_is_not(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    await opens_task(act, "One")
    page = dashboard(act)
    below = "\r\n\r\n## Ours\r\n- [x] Ship it <!-- act:raise -->\r\n"
    await act.does(act.ben.edit_issue(NAME, page.number, body="Hello!\r\n" + page.body.replace("\n", "\r\n") + below))
    await opens_task(act, "Two")
    assert page.body.startswith("<!-- graftsman:dashboard -->\n")
    assert "Hello!" not in page.body
    assert page.body.endswith("<!-- graftsman:end -->\n\n## Ours\n- [x] Ship it <!-- act:raise -->")
    assert told(act) == []
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []


async def test_replaying_all_makes_every_open_branch_of_ours_anew(stage):
    act = await stage(stage_with())
    one = await opens_task(act, "One")
    await act.begins()
    folder = act.pull("chat")
    await act.does(act.ben.edit_issue(NAME, one.number, title="One again"))
    page = dashboard(act)
    assert "act:replay" in page.body
    head = folder.head_sha
    act.playground.set_webhook(act.app.app_id, None)  # nobody says that the base has moved
    await act.commits({"STAGING/chat/new.ts": "export {};\n"})
    await act.ben.tick(NAME, page.number, "Replay all")
    act.playground.set_webhook(act.app.app_id, f"{act.running.url}/webhook")
    await act.does(act.ben.edit_issue(NAME, one.number, title="One more"))
    assert folder.head_sha != head
    assert told(act) == ["`ben`: replay all. Done: 1 branch made anew."]
    assert ticked(act) == []


async def test_many_ticks_in_a_row_are_each_carried_out(stage):
    act = await stage(stage_with(NO_AUTOPILOT))
    tasks = [await opens_task(act, f"Task {at}") for at in range(11)]
    page = dashboard(act)
    act.playground.set_webhook(act.app.app_id, None)
    for one in tasks:
        await act.ben.tick(NAME, page.number, f"Hold #{one.number}:")
    await act.ben.tick(NAME, page.number, f"Start #{tasks[0].number} now")
    await act.restart()
    assert all(names.HOLD_LABEL in labels(one) for one in tasks)
    assert len(told(act)) == 10
    assert {line.partition(" ")[2] for line in told(act) if "Done." not in line} == set()


async def test_without_tasks_the_page_says_so_and_has_no_boxes(stage):
    act = await stage(stage_with())
    task = await opens_task(act, "One")
    await act.does(act.ada.unlabel(NAME, task.number, "task"))
    page = dashboard(act)
    assert "There is no task" in page.body
    assert "- [" not in page.body
    await act.does(act.ada.unlabel(NAME, page.number, names.DASHBOARD_LABEL), act.ada.label(NAME, page.number, "task"))
    assert task_pull(act, page) is None


async def test_how_long_it_takes_is_told_when_three_are_finished(stage):
    act = await stage(stage_with())
    tasks = [await opens_task(act, f"Task {at}") for at in range(4)]
    page = dashboard(act)
    for one in tasks[:3]:
        assert "is told when 3 tasks are" in page.body
        act.later(100)
        await act.does(act.ben.close(NAME, one.number))
    (line,) = [line for line in page.body.splitlines() if line.startswith("From how long 3 tasks took")]
    assert "is finished about **" in line
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []
    await act.restart()
    assert line in page.body
