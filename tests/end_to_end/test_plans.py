"""Plans of tasks: brought in by ``/import``, once, with their dependencies and sub-issues, and again without doubles."""

import asyncio
import json
from datetime import timedelta

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.files import files
from tests.end_to_end.tasks import issue, labels, silent, status, task_pull
from tests.end_to_end.test_ledger import in_git

QUIET = "version: 1\ntasks: {dashboard: false, autopilot: false}\n"
"""Nothing starts by itself: what is counted is the import alone."""
BUSY = "version: 1\ntasks: {dashboard: false}\n"
PLAN = "docs/plan.md"


def at(plan, *, settings=QUIET, path=PLAN, **more):
    return {**files(settings=settings), path: plan if isinstance(plan, bytes) else plan.encode(), **more}


async def imports(act, words=PLAN, *, who="ada", on=None):
    """Somebody says ``/import`` on an issue; gives that issue."""
    one = on or await act.ada.open_issue(NAME, "The plan", "Bring it in.")
    act.later()
    await act.does(getattr(act, who).comment(NAME, one.number, f"/import {words}"))
    return one


def brought(act):
    """The issues of the plan by the ids of their tasks; the test fails where there are two of one."""
    found = {}
    for one in act.repository.issues.values():
        if "graftsman:task-import" in (one.body or ""):
            name = one.body.split(" id=")[1].split()[0]
            assert name not in found, f"{name} is there twice"
            found[name] = one
    return found


def waits(one):
    return [other.number for other in one.blocked_by]


def big():
    """Forty tasks, five of them epics with seven parts each, and ninety dependencies."""
    tasks = [{"id": f"e{n}", "title": f"Epic {n}", "goal": "All of it."} for n in range(5)]
    names = [f"t{n:02}" for n in range(35)]
    for n, name in enumerate(names):
        tasks.append({"id": name, "title": f"Task {n}", "goal": f"Do {n}.", "parent": f"e{n // 7}"})
    left = 90
    for step in range(1, 35):
        for n in range(step, 35):
            if left:
                tasks[5 + n].setdefault("depends_on", []).append(names[n - step])
                left -= 1
    assert left == 0
    return {"version": 1, "plan": "big", "tasks": tasks}


THREE = """\
# Shop

- [ ] T1: Types
- [ ] T2: Cart (depends on T1)
  - priority: high
- [ ] T3: Checkout (depends on T2, T1)
"""


async def test_each_epic_may_have_its_own_tests(stage):
    act = await stage(at("- [ ] Cart\n  - [ ] Fill it\n  - [ ] Write tests\n    - after Fill it\n"))
    one = await imports(act)
    first = brought(act)
    assert waits(first["write-tests"]) == [first["fill-it"].number]

    # Another epic gets a task of that title, before it in the file: what is there stays what it is.
    await act.commits({PLAN: "- [ ] Bills\n  - [ ] Write tests\n\n" + (await act.file(PLAN)).decode()})
    await imports(act, on=one)
    made = brought(act)
    assert made.keys() == {"cart", "fill-it", "cart/write-tests", "bills", "bills/write-tests"}
    tests = made["cart/write-tests"]
    assert (tests.number, tests.parent.number) == (first["write-tests"].number, made["cart"].number)
    assert made["bills/write-tests"].parent.number == made["bills"].number
    assert silent(act, made["bills/write-tests"]), "it is no duplicate of the other one"
    with act.counting() as counted:
        await imports(act, on=one)
    assert "Nothing to do" in status(act, one)
    assert not any(kind.startswith("POST /repos/acme/platform/issues ") for kind in counted.kinds())


async def test_forty_tasks_with_ninety_dependencies_take_no_call_more_than_they_must(stage):
    act = await stage(at(json.dumps(big()), path="docs/plan.json"))
    with act.counting() as counted:
        one = await imports(act, "docs/plan.json")
    kinds = counted.kinds()
    repo = "/repos/acme/platform"
    assert kinds.pop(f"POST {repo}/issues") == 40
    assert kinds.pop(f"POST {repo}/issues/N/dependencies/blocked_by") == 90
    assert kinds.pop(f"POST {repo}/issues/N/sub_issues") == 35
    # The reconcile that follows finds every label and relation as it would make it. What is left is the answer.
    assert kinds.pop(f"POST {repo}/issues/comments/N/reactions") <= 2
    assert kinds.pop(f"POST {repo}/issues/N/comments") == 1
    assert kinds.pop(f"PATCH {repo}/issues/comments/N") <= 2
    assert kinds == {}
    assert "40 issues created" in status(act, one) and "125 relations added" in status(act, one)
    asked = [(each.method, each.path) for each in counted.exchanges if each.kind != "git"]
    last = max(at for at, each in enumerate(asked) if each == ("POST", asked[-1][1]) or each[1].endswith("sub_issues"))
    assert asked[: asked.index(("POST", f"{repo}/issues"))].count(("GET", f"{repo}/issues")) == 1
    between = asked[asked.index(("POST", f"{repo}/issues")) : last]
    assert {path for method, path in between if method == "GET"} == {f"{repo}/issues/1/comments"}, (
        "it says how far it is"
    )
    assert act.playground.limits.refused == 0
    assert [each.status for each in counted.exchanges if each.status in {403, 429}] == []
    made = brought(act)
    assert len(made) == 40
    assert sum(len(waits(each)) for each in made.values()) == 90
    assert [len(made[f"e{n}"].sub_issues) for n in range(5)] == [7] * 5

    with act.counting() as counted:
        await imports(act, "docs/plan.json", on=one)
    assert set(counted.kinds()) <= {
        f"POST {repo}/issues/comments/N/reactions",
        f"PATCH {repo}/issues/comments/N",
    }
    assert "Nothing to do" in status(act, one)
    assert brought(act).keys() == made.keys()


async def test_a_plan_becomes_issues_that_start_as_far_as_nothing_blocks_them(stage):
    act = await stage(at(THREE, settings=BUSY))
    one = await imports(act)
    made = brought(act)
    types, cart, pay = (made[name] for name in ("T1", "T2", "T3"))
    assert (types.title, cart.title, pay.title) == ("Types", "Cart", "Checkout")
    assert (waits(cart), waits(pay)) == ([types.number], [cart.number, types.number])
    assert labels(types) == {"task", "status/in-progress"}
    assert labels(cart) == {"task", "status/blocked", "priority/high"}
    assert task_pull(act, types) is not None
    assert task_pull(act, cart) is None and task_pull(act, pay) is None
    events = [(each.type, each.subject, each.actor) for each in await act.events()]
    for each in (types, cart, pay):
        assert ("TASK_CREATED", f"task:{each.number}", "ada") in events
    assert ("TASKS_IMPORTED", "plan:plan", "ada") in events
    assert "3 issues created" in status(act, one)
    # Whoever brought it in has asked for it: the first to be done lets the next one start.
    await act.does(act.ben.close(NAME, types.number))
    assert task_pull(act, cart) is not None
    assert task_pull(act, pay) is None


async def test_a_rehearsal_writes_nothing_and_says_all(stage):
    act = await stage(at(THREE))
    with act.counting() as counted:
        one = await imports(act, f"{PLAN} dry-run")
    assert [each for each in counted.kinds() if "comments" not in each] == []
    assert brought(act) == {}
    said = status(act, one)
    assert "would create 3 issues" in said and "add 3 relations, by 6 requests" in said
    assert "| `T2` Cart |  | would be created |" in said
    await imports(act, on=one)
    assert len(brought(act)) == 3
    await imports(act, f"`{PLAN}` DRY-RUN", on=one)
    assert "Nothing to do" in status(act, one)


async def test_what_the_plan_changed_is_changed_and_what_people_edited_stays(stage):
    act = await stage(at(THREE))
    one = await imports(act)
    made = brought(act)
    await act.does(
        act.ben.edit_issue(NAME, made["T3"].number, title="Checkout, but better"),
        act.commits(
            {
                PLAN: THREE.replace("T1: Types", "T1: Types first\n  - priority: low")
                .replace("Cart (depends on T1)", "Cart")
                .replace("Checkout", "Pay")
                .replace("priority: high", "priority: critical")
                + "- [ ] T4: Ship (depends on T3)\n"
            }
        ),
    )
    with act.counting() as counted:
        await imports(act, on=one)
    now = brought(act)
    assert now["T1"].title == "Types first"
    assert now["T3"].title == "Checkout, but better"
    assert waits(now["T4"]) == [now["T3"].number]
    assert waits(now["T2"]) == [now["T1"].number], "people's graph is the truth"
    assert labels(now["T1"]) == {"task", "status/ready", "priority/low"}
    assert labels(now["T2"]) == {"task", "status/blocked", "priority/critical"}
    said = status(act, one)
    assert "1 issue created, 2 updated" in said
    assert f"#{now['T3'].number} | left as it is: people edited its title or text" in said
    assert f"waits for #{now['T1'].number} too, which the plan does not say" in said
    edits = [each for each in counted.writes if each.startswith("PATCH") and "/comments/" not in each]
    assert len(edits) == 2
    await act.commits({PLAN: THREE})
    await imports(act, on=one)
    assert f"#{now['T4'].number} | not in the plan any more" in status(act, one)
    assert issue(act, now["T4"]).state == "open"


async def test_what_the_plan_says_is_finished_is_closed_and_what_people_opened_again_stays_open(stage):
    act = await stage(at(THREE))
    one = await imports(act)
    made = brought(act)
    await act.commits({PLAN: THREE.replace("[ ] T1", "[x] T1")})
    await imports(act, on=one)
    closed = issue(act, made["T1"])
    assert (closed.state, closed.state_reason) == ("closed", "completed")
    assert labels(closed) == {"task", "status/done"}
    assert labels(made["T2"]) == {"task", "status/ready", "priority/high"}
    await act.does(act.ben.reopen(NAME, closed.number))
    await imports(act, f"./{PLAN}", on=one)
    assert issue(act, closed).state == "open"
    assert "opened again here" in status(act, one)


async def test_epics_get_their_parts_and_parts_wait_for_what_their_epic_waits_for(stage):
    plan = {
        "version": 1,
        "plan": "shop",
        "tasks": [
            {"id": "base", "title": "Base"},
            {"id": "shop", "title": "Shop", "depends_on": ["base"]},
            {"id": "T2", "title": "Cart", "parent": "shop"},
            {"id": "later", "title": "Later", "state": "blocked"},
        ],
    }
    act = await stage(at(json.dumps(plan), path="plan.json", settings=BUSY))
    await imports(act, "plan.json")
    made = brought(act)
    assert [each.number for each in made["shop"].sub_issues] == [made["T2"].number]
    assert task_pull(act, made["base"]) is not None
    assert [task_pull(act, made[name]) for name in ("shop", "T2", "later")] == [None] * 3
    assert labels(made["T2"]) == {"task", "status/blocked"}
    assert labels(made["later"]) == {"task", "status/ready", "graftsman/hold"}


async def test_what_waits_for_a_task_that_the_plan_drops_is_on_hold_and_that_is_said(stage):
    plan = {
        "version": 1,
        "plan": "shop",
        "tasks": [
            {"id": "gone", "title": "Gone", "state": "deprecated"},
            {"id": "behind", "title": "Behind", "depends_on": ["gone"]},
            {"id": "epic", "title": "Epic", "depends_on": ["gone"]},
            {"id": "part", "title": "Part", "parent": "epic"},
            {"id": "after", "title": "After", "depends_on": ["behind"]},
        ],
    }
    act = await stage(at(json.dumps(plan), path="plan.json", settings=BUSY))
    one = await imports(act, "plan.json")
    made = brought(act)
    assert {name: task_pull(act, each) for name, each in made.items()} == dict.fromkeys(
        ("behind", "epic", "part", "after")
    )
    for name in ("behind", "epic", "part"):
        assert labels(made[name]) == {"task", "status/ready", "graftsman/hold"}, name
    assert labels(made["after"]) == {"task", "status/blocked"}
    assert "on hold: it waits for gone, which the plan drops" in status(act, one)
    act.later(20)
    await act.does(act.ben.unlabel(NAME, made["behind"].number, "graftsman/hold"))
    assert task_pull(act, made["behind"]) is not None


# --- kills, losses, doubles


async def killed(act, where):
    """GitHub refuses some calls, tasks are looked at in between, and then the bot dies."""
    act.playground.faults.fail_requests(where, status=403, times=None)
    one = await act.ada.open_issue(NAME, "The plan", "Bring it in.")
    await act.ada.comment(NAME, one.number, f"/import {PLAN}")
    async with asyncio.timeout(30):
        while "T1" not in brought(act) or task_pull(act, brought(act)["T1"]) is None:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    return one


@pytest.mark.parametrize("forget", [False, True])
async def test_a_kill_between_an_issue_and_its_relations(stage, forget):
    act = await stage(at(THREE, settings=BUSY))
    one = await killed(act, "POST /repos/*/dependencies/blocked_by")
    made = brought(act)
    assert set(made) == {"T1", "T2"}
    assert task_pull(act, made["T1"]) is not None
    assert task_pull(act, made["T2"]) is None, "it starts before what it waits for is related"
    await act.stop()
    act.playground.faults.clear()
    await act.restart(forget=forget)
    now = brought(act)
    assert set(now) == {"T1", "T2", "T3"}
    assert (waits(now["T2"]), task_pull(act, now["T2"])) == ([now["T1"].number], None)
    assert waits(now["T3"]) == [now["T2"].number, now["T1"].number]
    await imports(act, on=one)
    assert "Nothing to do" in status(act, one)
    await act.does(act.ben.close(NAME, now["T1"].number))
    assert task_pull(act, now["T2"]) is not None


async def test_an_import_that_never_ends_is_told_where_it_left_a_task_and_a_person_may_start_it(stage):
    act = await stage(at(THREE, settings=BUSY))
    one = await killed(act, "POST /repos/*/dependencies/blocked_by")
    await act.commits({PLAN: "# Given up\n"})
    async with asyncio.timeout(60):  # a try that has read the plan as it was fails before one reads the new text
        while not (act.said(one, "status") and "(`plan-empty`)" in status(act, one)):
            await asyncio.sleep(0.02)
    cart = brought(act)["T2"]
    assert act.said(cart, "status") == []
    cart.created_at -= timedelta(hours=2)
    act.playground.faults.clear()
    await act.does(act.ada.label(NAME, cart.number, "seen"))
    assert "bring the plan in again, or say `/start`" in status(act, cart)
    await act.does(act.ben.comment(NAME, cart.number, "/start"))
    assert task_pull(act, cart) is not None


async def test_a_kill_right_after_an_issue_was_made(stage):
    """GitHub has made it, and nobody was told."""
    act = await stage(at(THREE))
    act.playground.faults.disconnect("POST /repos/*/issues", "after")
    one = await imports(act)
    assert set(brought(act)) == {"T1", "T2", "T3"}
    assert len(waits(brought(act)["T3"])) == 2
    assert "created" in status(act, one)


async def test_a_doubled_order_and_doubled_webhooks_double_nothing(stage):
    act = await stage(at(THREE))
    act.playground.faults.duplicate_webhooks(lambda _: True, new_guid=True)
    one = await act.ada.open_issue(NAME, "The plan", "Twice.")
    await act.does(
        act.ada.comment(NAME, one.number, f"/import {PLAN}\n/import {PLAN}"),
        act.ben.comment(NAME, one.number, f"/import {PLAN}"),
    )
    assert set(brought(act)) == {"T1", "T2", "T3"}
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.writes == []


async def test_a_lost_database_makes_no_second_issue(stage):
    act = await stage(at(THREE))
    one = await imports(act)
    act.notes_seconds = 0.1
    await act.restart()
    await act.does(act.ben.unlabel(NAME, brought(act)["T2"].number, "task"))
    await in_git(act)
    await act.restart(forget=True)
    await imports(act, on=one)
    assert set(brought(act)) == {"T1", "T2", "T3"}


async def test_an_issue_whose_label_is_gone_is_still_the_one_and_a_deleted_one_is_made_anew(stage):
    act = await stage(at(THREE))
    one = await imports(act)
    made = brought(act)
    await act.does(act.ben.unlabel(NAME, made["T2"].number, "task"))
    await imports(act, on=one)
    assert "there without the label" in status(act, one)
    assert set(brought(act)) == set(made)
    await act.does(act.ada.delete_issue(NAME, made["T1"].number))
    await imports(act, on=one)
    now = brought(act)
    assert set(now) == set(made) and now["T1"].number != made["T1"].number


async def test_what_people_take_off_stays_off(stage):
    act = await stage(at(THREE, settings=BUSY))
    await imports(act)
    made = brought(act)
    await act.does(act.ben.unblock(NAME, made["T2"].number, made["T1"].number))
    assert task_pull(act, made["T2"]) is not None, "its marker names a dependency that a person has taken off"


# --- what is refused


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "plan-path-missing"),
        ("a b c", "plan-path-missing"),
        ("../etc/passwd", "unsafe-path"),
        ("/etc/passwd", "unsafe-path"),
        (".git/config", "unsafe-path"),
        ("docs/none.md", "plan-missing"),
        ("docs/plan.md/more", "plan-missing"),
        ("docs", "plan-missing"),
        ("binary.md", "not-utf8"),
        ("huge.md", "too-large"),
        ("empty.md", "plan-empty"),
        ("cycle.md", "plan-cycle"),
        ("lane.md", "task-lane-unknown"),
        ("many.md", "plan-too-much"),
    ],
)
async def test_a_path_or_plan_that_cannot_be_is_refused_and_nothing_is_made(stage, words, code):
    more = {
        "binary.md": b"- [ ] \xff\xfe\x00",
        "huge.md": b"- [ ] a: A\n" * 500_000,
        "empty.md": b"# Nothing\n",
        "cycle.md": b"- [ ] T1: A (depends on T2)\n- [ ] T2: B (depends on T1)\n",
        "lane.md": b"- [ ] T1: A\n- [ ] T2: B\n  - lane: desing\n",
        "many.md": "".join(f"- [ ] T{n}: T\n" for n in range(451)).encode(),
    }
    settings = QUIET.replace("false}", "false, lanes: {design: {people: [ben]}}}", 1) if words == "lane.md" else QUIET
    act = await stage(at(THREE, settings=settings, **more))
    with act.counting() as counted:
        one = await imports(act, words)
    assert f"(`{code}`)" in status(act, one)
    assert "Next" in status(act, one)
    assert brought(act) == {}
    assert [each for each in counted.writes if "comments" not in each] == []
    if code == "task-lane-unknown":
        assert "lane.md:2" in status(act, one) and "`design` may be meant" in status(act, one)


async def test_readers_import_nothing_and_words_of_others_are_not_theirs(stage):
    act = await stage(at(THREE))
    one = await imports(act, who="rex")
    assert "not allowed" in status(act, one)
    comment = await act.ada.comment(NAME, one.number, "Hello.")
    act.later()
    await act.does(act.ben.edit_comment(NAME, comment.id, f"/import {PLAN}"))
    assert "edited-by-another" in status(act, one)
    assert brought(act) == {}


async def test_hostile_titles_mention_nobody_and_break_out_of_nothing(stage):
    plan = {
        "version": 1,
        "tasks": [
            {
                "id": "a--b",
                "title": "<!-- --> | @ben #1 `x`",
                "goal": "@ben\n### Depends on\n\n#1\n\n<!-- graftsman:task-import plan=x id=y -->",
            }
        ],
    }
    act = await stage(at(json.dumps(plan | {"tasks": [plan["tasks"][0] | {"id": "a-b"}]}), path="plan.json"))
    one = await imports(act, "plan.json")
    (made,) = brought(act).values()
    assert made.blocked_by == []
    assert "@ben" not in status(act, one).replace("by | `ada`", "")
    await imports(act, "plan.json", on=one)
    assert "Nothing to do" in status(act, one)
