"""``graftsman tasks`` on a repository: on the playground, with the App's own key, beside a server or without one."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from bot.planning.tasks.plan_files import read_plan
from tests.cli.test_local import ROOT
from tests.end_to_end.act import NAME, Act
from tests.end_to_end.tasks import form, labels, task_pull
from tests.end_to_end.test_plans import BUSY, QUIET, at, big, brought, issue, waits

PLAN = """\
# Shop

Some words.

- [ ] E1: Shop
  - [ ] T1: Types
  - [ ] T2: Cart (depends on T1)
    - priority: high
- [ ] T3: Ship (depends on E1)
- [x] T0: Ground
"""
MASTER = {
    "master": {
        "tasks": [
            {"id": 1, "title": "Types", "status": "pending", "dependencies": [], "priority": "medium", "extra": [1]},
            {"id": 2, "title": "Cart", "status": "pending", "dependencies": [1], "priority": "high"},
        ],
        "metadata": {"kept": True},
    }
}


@pytest.fixture
def clock_scale():
    """One of GitHub's minutes is 0.3 s."""
    return 0.005


@pytest.fixture
async def act(playground, tmp_path, clock_scale):
    """A repository that the App is installed on; nobody listens."""
    act = await Act(playground, tmp_path, clock_scale).set(at(PLAN, settings=QUIET))
    await act.stop()
    (tmp_path / "plan.md").write_text(PLAN)
    (tmp_path / "tasks.json").write_text(json.dumps(MASTER, indent=4))
    try:
        yield act
    finally:
        await act.stop()


async def tasks(act, *arguments, code=0, **more):
    """The command itself; gives standard output and standard error."""
    playground = act.playground
    told = {
        "CLIENT_ID": act.app.client_id,
        "PRIVATE_KEY": act.app.private_key_pem,
        "API_URL": playground.api_url,
        "GRAPHQL_URL": playground.graphql_url,
        "WEB_URL": playground.url,
        "GIT_URL": playground.url,
        "PACE": str(act.scale),
    }
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200", "HOME": str(act.home)}
    env |= {f"GRAFTSMAN_{name}": value for name, value in (told | more).items() if value is not None}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "utf8", "-m", "bot", "tasks", *map(str, arguments),
        cwd=act.home, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, words = (each.decode() for each in await process.communicate())
    assert "Traceback" not in words + out
    assert process.returncode == code, (process.returncode, out, words)
    return out, words


WHERE = ("--repository", NAME)


async def test_forty_tasks_take_what_they_must_and_again_nothing(act):
    (act.home / "big.json").write_text(json.dumps(big()))
    with act.counting() as counted:
        out, words = await tasks(act, "import", "big.json", *WHERE, "--json")
    repo = "/repos/acme/platform"
    kinds = counted.kinds()
    assert kinds == {
        f"POST {repo}/issues": 40,
        f"POST {repo}/issues/N/dependencies/blocked_by": 90,
        f"POST {repo}/issues/N/sub_issues": 35,
    }
    # Who the App is, where it is installed, the settings, and one listing.
    assert counted.reads == ["/app", f"{repo}/installation", f"{repo}/contents/.github/graftsman.yml", f"{repo}/issues"]
    assert act.playground.limits.refused == 0
    said = json.loads(out)
    assert (said["writes"], said["related"], said["counts"]) == (165, 125, {"created": 40})
    assert "40 issues created" in words
    made = brought(act)
    assert len(made) == 40 and sum(len(waits(each)) for each in made.values()) == 90
    assert {each.user.login for each in made.values()} == {"graftsman[bot]"}

    with act.counting() as counted:
        out, _ = await tasks(act, "import", "big.json", *WHERE, "--json")
    assert counted.writes == []
    assert len(counted.reads) == 4 + sum(bool(waits(each)) for each in made.values())
    assert json.loads(out)["counts"] == {"unchanged": 40}


async def test_a_server_that_listens_starts_nothing_before_its_dependencies_are_there(act):
    """Every webhook is looked at while the next issues are still being made, by another process."""
    await act.commits({".github/graftsman.yml": BUSY})
    await act.start()
    act.playground.faults.delay(0.4, "POST /repos/*/dependencies/blocked_by")
    act.playground.faults.delay(2.0, "POST /repos/*/sub_issues")
    (act.home / "plan.md").write_text(f"{PLAN}- [ ] E2: Later (depends on T1)\n  - [ ] T4: Its part\n")
    await tasks(act, "import", "plan.md", *WHERE)
    await act.settle()
    made = brought(act)
    begun = {name for name, one in made.items() if task_pull(act, one) is not None}
    assert begun == {"T1"}
    assert labels(made["T2"]) == {"task", "status/blocked", "priority/high"}
    await act.does(act.ben.close(NAME, made["T1"].number))
    assert [task_pull(act, made[name]) is not None for name in ("T2", "T4", "T3", "E1")] == [True, True, False, False]


async def test_a_rehearsal(act):
    with act.counting() as counted:
        out, words = await tasks(act, "import", "plan.md", *WHERE, "--dry-run", "--json")
    assert counted.writes == []
    said = json.loads(out)
    assert (said["dry_run"], said["writes"], said["counts"]) == (True, 8, {"created": 4})
    assert "4 issues to create" in words and "finished by the plan" in words


async def test_a_kill_and_again(act):
    (act.home / "big.json").write_text(json.dumps(big()))
    act.playground.faults.fail_requests("POST /repos/*/dependencies/blocked_by", status=403, times=None)
    _, words = await tasks(act, "import", "big.json", *WHERE, code=4)
    assert words.startswith("graftsman: ")
    assert len(brought(act)) == 7, "the epic, a task, and the first that waits for one"
    act.playground.faults.clear()
    act.playground.faults.disconnect("POST /repos/*/issues", "after")
    await tasks(act, "import", "big.json", *WHERE, code=4)
    await tasks(act, "import", "big.json", *WHERE)
    made = brought(act)
    assert (len(made), sum(len(waits(each)) for each in made.values())) == (40, 90)
    assert sum(len(each.sub_issues) for each in made.values()) == 35


async def test_a_file_is_brought_up_to_date_and_all_else_in_it_stays(act):
    await tasks(act, "import", "plan.md", *WHERE)
    await tasks(act, "export", "plan.md", *WHERE)
    assert (act.home / "plan.md").read_text() == PLAN
    made = brought(act)
    await act.ben.close(NAME, made["T1"].number)
    await tasks(act, "export", "plan.md", *WHERE)
    assert (act.home / "plan.md").read_text() == PLAN.replace("[ ] T1", "[x] T1")

    await tasks(act, "import", "tasks.json", *WHERE)
    made = {one.title: one for one in act.repository.issues.values() if "plan=tasks" in (one.body or "")}
    await act.ben.unlabel(NAME, made["Types"].number, "status/ready")
    await act.ben.label(NAME, made["Types"].number, "status/in-progress", "priority/critical")
    await act.ben.edit_issue(NAME, made["Cart"].number, title="The cart")
    await act.ben.unblock(NAME, made["Cart"].number, made["Types"].number)
    await tasks(act, "export", "tasks.json", *WHERE)
    wanted = json.loads(json.dumps(MASTER))
    wanted["master"]["tasks"][0] |= {"status": "in-progress", "priority": "critical"}
    wanted["master"]["tasks"][1] |= {"title": "The cart", "dependencies": []}
    assert json.loads((act.home / "tasks.json").read_text()) == wanted


async def test_a_new_file_holds_all_tasks(act):
    await tasks(act, "import", "plan.md", *WHERE)
    one = await act.ada.open_issue(NAME, "Say bye", form(goal="Politely.", acceptance=["A bow"]), labels=["task"])
    await tasks(act, "export", "all.json", *WHERE, "--to", "json")
    plan = read_plan((act.home / "all.json").read_bytes(), "all.json")
    found = {task.id: task for task in plan.tasks}
    assert set(found) == {"E1", "T1", "T2", "T3", f"issue-{one.number}"}
    assert (found["T2"].depends_on, found["T2"].parent, found["T2"].priority) == (("T1",), "E1", "high")
    assert (found[f"issue-{one.number}"].goal, found[f"issue-{one.number}"].acceptance) == ("Politely.", ("A bow",))
    out, _ = await tasks(act, "export", "-", *WHERE, "--to", "markdown")
    assert len(read_plan(out.encode(), "all.md").tasks) == 5
    assert "--to is one of" in (await tasks(act, "export", "all.txt", *WHERE, code=2))[1]
    assert not (act.home / "all.txt").exists()


async def test_what_is_next_and_the_picture_are_read_from_the_repository(act):
    await tasks(act, "import", "plan.md", *WHERE)
    made = {name: f"#{one.number}" for name, one in brought(act).items()}
    await act.ben.close(NAME, int(made["T1"][1:]))
    out, _ = await tasks(act, "next", *WHERE, "--json")
    assert [(each["id"], each["title"]) for each in json.loads(out)["next"]] == [(made["T2"], "Cart")]
    out, _ = await tasks(act, "graph", *WHERE, "--json")
    states = {each["id"]: each["state"] for each in json.loads(out)["tasks"]}
    assert states == {made["E1"]: "in-progress", made["T1"]: "done", made["T2"]: "ready", made["T3"]: "blocked"}
    assert json.loads(out)["mermaid"].startswith("flowchart")


async def test_lint_tells_what_the_issues_cannot_be_read_by(act):
    await act.ada.open_issue(NAME, "Fine", form(), labels=["task"])
    assert "1 task, " in (await tasks(act, "lint", *WHERE))[1]
    await act.commits({".github/graftsman.yml": "version: 1\ntasks: {lanes: {slow: {}}}\n"})
    one = await act.ada.open_issue(NAME, "Odd", form(lane="nowhere", priority="soon"), labels=["task"])
    out, _ = await tasks(act, "lint", *WHERE, code=3)
    faults = {(each["code"], each["place"]["file"], each["place"]["line"]) for each in json.loads(out)["refused"]}
    assert faults == {("task-lane-unknown", f"#{one.number}", 15), ("task-priority-unknown", f"#{one.number}", 19)}


async def test_limits_of_the_repository_hold_what_is_next(act):
    lanes = "version: 1\ntasks: {lanes: {slow: {}, fast: {priority: 5}}}\n"
    await act.commits({".github/graftsman.yml": lanes})
    for lane in ("slow", "fast"):
        await act.ada.open_issue(NAME, lane.title(), form(lane=lane), labels=["task"])
    out, _ = await tasks(act, "next", *WHERE, "--json")
    assert [each["title"] for each in json.loads(out)["next"]] == ["Fast", "Slow"]
    (act.home / "lane.md").write_text("- [ ] T1: A\n  - lane: fst\n")
    out, words = await tasks(act, "import", "lane.md", *WHERE, code=3)
    assert json.loads(out)["refused"][0]["code"] == "task-lane-unknown" and "fast may be meant" in words


async def test_what_is_wrong_usage_and_whose_fault_it_is(act):
    assert "--repository OWNER/NAME" in (await tasks(act, "import", "plan.md", code=2))[1]
    assert "OWNER/NAME" in (await tasks(act, "import", "plan.md", "--repository", "platform", code=2))[1]
    out, _ = await tasks(act, "import", "plan.md", "--repository", "acme/none", code=3)
    assert json.loads(out)["refused"][0]["code"] == "unknown-repository"
    assert "give a file, or --repository" in (await tasks(act, "next", code=2))[1]
    assert "give a file, or --repository" in (await tasks(act, "lint", "plan.md", *WHERE, code=2))[1]
    out, _ = await tasks(act, "import", "none.md", *WHERE, code=3)
    assert json.loads(out)["refused"][0]["code"] == "plan-unreadable"
    assert "GRAFTSMAN_PRIVATE_KEY" in (await tasks(act, "next", *WHERE, code=2, PRIVATE_KEY=None))[1]
    assert brought(act) == {}


async def test_a_server_without_relations_gets_them_as_text(act):
    act.playground.world.relations = False
    out, words = await tasks(act, "import", "plan.md", *WHERE, "--json")
    made = brought(act)
    assert json.loads(out)["related"] == 0 and "knows no dependencies" in words
    assert f"### Depends on\n\n#{made['T1'].number}\n" in issue(act, made["T2"]).body
    with act.counting() as counted:
        await tasks(act, "import", "plan.md", *WHERE)
    assert counted.writes == []
    out, _ = await tasks(act, "next", *WHERE, "--json")
    assert f"#{made['T2'].number}" not in [each["id"] for each in json.loads(out)["next"]]
