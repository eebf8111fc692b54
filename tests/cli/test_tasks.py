"""``graftsman tasks`` on files, as a person runs it: exit codes, JSON, words."""

import json

import pytest

from bot.planning.tasks.plan_files import read_plan
from tests.cli.test_local import graftsman

PLAN = """\
# Plan

- [ ] E1: Greeting
  - [x] T0: Ground (lane: architecture)
  - [ ] T1: Greet people (depends on T0)
    - lane: implementation
    - paths: `src/greet/**`
  - [ ] T2: Say bye (after T1)
- [ ] Clean <b>up</b> [red]
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "plan.md").write_text(PLAN)

    def tasks(*arguments, code=0, stdin=b""):
        status, out, words = graftsman("tasks", *arguments, cwd=tmp_path, stdin=stdin)
        assert status == code, (status, out, words)
        return out, words

    return tasks


def test_a_plan_with_nothing_wrong(run):
    out, words = run("lint", "plan.md", "--json")
    assert json.loads(out) == {
        "plan": "plan", "tasks": 5, "finished": 1, "epics": 1, "dependencies": 2, "kind": "markdown",
    }  # fmt: skip
    assert "Nothing is wrong with it." in words
    assert run("lint", "-", stdin=PLAN.encode())[0] == ""


def test_a_plan_that_is_refused_says_every_line(run):
    out, words = run("lint", "-", stdin=b"- [ ] T1: a (after T2)\n- [ ] T1: b\n  - paths: ../x\n", code=3)
    faults = json.loads(out)["refused"]
    assert [(each["code"], each["place"]["line"]) for each in faults] == [
        ("plan-unknown-dependency", 1), ("plan-repeated-id", 2), ("unsafe-path", 3),
    ]  # fmt: skip
    assert faults[0]["place"]["file"] == "standard input"
    assert "waits for T2, which is no task of this plan (standard input:1)." in words
    assert json.loads(run("lint", "none.md", code=3)[0])["refused"][0]["code"] == "plan-unreadable"


def test_the_graph(run, tmp_path):
    out, _ = run("graph", "plan.md")
    assert out.startswith('flowchart LR\n  t0["E1 Greeting"]:::in-progress\n  t1["T0 Ground"]:::done\n')
    assert "  t2 ==> t3\n" in out and "  t1 --> t2\n" in out
    said = json.loads(run("graph", "plan.md", "--json")[0])
    assert (said["mermaid"] + "\n", said["critical"]) == (out, ["T1", "T2", "E1"])
    assert {task["id"]: task["state"] for task in said["tasks"]}["T2"] == "blocked"
    many = "- [ ] E1: Epic\n" + "".join(f"  - [ ] T{n}: x\n" for n in range(90)) + "- [ ] Other (after E1)\n"
    (tmp_path / "many.md").write_text(many + "".join(f"- [ ] E{n}: y\n  - [ ] U{n}: x\n" for n in range(2, 90)))
    out, words = run("graph", "many.md")
    assert "==>" in out
    assert out.count('["') == 90 and words.startswith("90 of 268 tasks are drawn")
    assert "are drawn" not in run("graph", "plan.md")[1]
    (tmp_path / "off.md").write_text("- [ ] T1: a\n  - state: blocked\n- [ ] T2: b\n")
    assert '\n  t0["T1 a"]:::blocked\n  t1["T2 b"]:::ready\n' in run("graph", "off.md")[0]
    (tmp_path / "large.md").write_text("".join(f"- [ ] T{n}: x\n" for n in range(500)))
    assert json.loads(run("graph", "large.md", code=3)[0])["refused"][0]["code"] == "plan-not-drawn"
    assert json.loads(run("graph", "large.md", "--json")[0])["mermaid"] is None


def test_what_is_next_with_the_reasons(run):
    out, words = run("next", "plan.md", "--json")
    first, second = json.loads(out)["next"]
    assert (first["id"], first["lane"]) == ("T1", "implementation")
    assert {each["code"]: each["tasks"] for each in first["because"]} == {
        "critical-path": [], "priority": [], "free-paths": [], "unblocks": ["T2"],
    }  # fmt: skip
    assert second["title"] == "Clean <b>up</b> [red]"
    out, words = run("next", "plan.md")
    assert out == "" and "T1 Greet people" in words and "on the critical path" in words and "[red]" in words
    assert "Nothing can be taken" in run("next", "-", stdin=b"- [x] a\n")[1]
    assert len(json.loads(run("next", "plan.md", "--json", "--most", "1")[0])["next"]) == 1


@pytest.mark.parametrize(("kind", "name"), [("markdown", "x.md"), ("json", "x.json"), ("task-master", "tasks.json")])
def test_a_plan_is_converted_and_read_again(run, kind, name):
    out, _ = run("export", "plan.md", "--to", kind)
    again = read_plan(out.encode(), name)
    assert [task.title for task in again.tasks] == [task.title for task in read_plan(PLAN.encode(), "plan.md").tasks]


def test_a_file_is_brought_up_to_date(run, tmp_path):
    (tmp_path / "new.json").write_text(
        run("export", "plan.md", "--to", "json")[0].replace('"T1",', '"T1",\n"state": "done",', 1)
    )
    out, _ = run("export", "new.json", "--to", "markdown", "--into", "plan.md")
    assert out == PLAN.replace("[ ] T1", "[x] T1")
    assert json.loads(run("export", "new.json", "--to", "json", "--into", "plan.md", code=3)[0])["refused"][0][
        "code"
    ] == ("plan-kind-differs")


def test_wrong_usage_and_what_is_generated(run):
    assert "--repository is OWNER/NAME" in run("next", "--repository", "platform", code=2)[1]  # no network, no settings
    assert "--to is one of" in run("export", "plan.md", "--to", "nix", code=2)[1]
    assert (
        json.loads(run("export", "plan.md", "--to", "spec-index", code=3)[0])["refused"][0]["code"]
        == "plan-is-generated"
    )


@pytest.mark.parametrize("arguments", [("graph", "plan.md"), ("lint", "plan.md", "--json"), ("lint", "none.md")])
def test_a_full_disk_is_not_our_fault_and_no_traceback_reaches_a_person(run, tmp_path, arguments):
    with open("/dev/full", "wb") as full:
        status, _, words = graftsman("tasks", *arguments, cwd=tmp_path, stdout=full)
    assert status == 4 and "Make room and try again." in words
