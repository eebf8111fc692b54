"""Plans in files: read by what they hold, refused with the line, written back without touching anything else."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.contracts.spec import IndexedRequirement, IndexedSpec, SpecIndex
from bot.contracts.task import PlannedTask, TaskPlan
from bot.errors import Refusal
from bot.planning.tasks.plan_files import kind_of, read_plan, write_plan
from bot.planning.tasks.plan_files.entries import MOST_TASKS
from templates import explain
from tests.effort import soon
from tests.planning.tasks.samples import PLANS, SOME


def by_id(plan):
    return {task.id: task for task in plan.tasks}


def normal(plan, *, waits=False):
    """What every format keeps: not the lines, and of a plan that is read not the order among epics."""
    open_ids = {task.id for task in plan.tasks if task.state not in {"done", "subsumed", "deprecated"}}
    made = {}
    for task in plan.tasks:
        more = {"line": None, "goal": task.goal.strip(), "verification": task.verification.strip()}
        if waits:  # task-master has a word less for what is blocked, and one for what is finished otherwise
            blocked = task.state == "blocked" and any(name in open_ids for name in task.depends_on)
            more["state"] = "ready" if blocked else "deprecated" if task.state == "subsumed" else task.state
        made[task.id] = task.model_copy(update=more)
    return made


def refused(text, name="plan.md", **more):
    with pytest.raises(Refusal) as caught:
        read_plan(text.encode(), name, **more)
    for fault in caught.value.all:
        assert fault.place.file == name
        assert explain(fault)
    return [(fault.code, fault.place.line) for fault in caught.value.all]


# --- Markdown

LIST = """\
# The plan

Some words.

- [ ] E1: Greeting (lane: architecture)
  - [x] T0: Ground
  - [ ] T1: Greet people (depends on T0)
    Visitors like it.

    ```
    - [ ] no task
    ```
    - lane: implementation
    - paths: `src/greet/**`, docs/*.md
    - priority: P1
    - spec: tasks/specs/0007.md
    - verification: make test
    - acceptance: a name is said
    - acceptance:
      - [x] a test says so
      - a page says so
  * [ ] **1.2** Ask for a name
    - after T1 and Ground
    - just a note
## Later
1. [ ] Say good bye
   - Depends on: Greet people, 1.2
> - [ ] quoted

<!-- - [ ] hidden -->
- no task
"""


def test_a_markdown_list():
    plan = read_plan(LIST.encode(), "docs/my plan.md")
    assert plan.plan == "my-plan"
    tasks = by_id(plan)
    assert list(tasks) == ["E1", "T0", "T1", "1.2", "say-good-bye"]
    assert [(t.line, t.parent, t.state) for t in plan.tasks] == [
        (5, None, "ready"), (6, "E1", "done"), (7, "E1", "ready"), (22, "E1", "ready"), (26, None, "ready"),
    ]  # fmt: skip
    one = tasks["T1"]
    assert (one.title, one.depends_on, one.lane, one.priority) == ("Greet people", ("T0",), "implementation", "high")
    assert (one.paths, one.spec, one.verification) == (
        ("src/greet/**", "docs/*.md"),
        "tasks/specs/0007.md",
        "make test",
    )
    assert one.goal == "Visitors like it.\n\n```\n- [ ] no task\n```"
    assert (one.acceptance, one.ticked) == (("a name is said", "a test says so", "a page says so"), (1,))
    assert tasks["E1"].lane == "architecture"
    assert (tasks["1.2"].depends_on, tasks["1.2"].goal) == (("T1", "T0"), "- just a note")
    assert tasks["say-good-bye"].depends_on == ("T1", "1.2")


@pytest.mark.parametrize(
    ("line", "id_", "title"),
    [
        ("T12: Title", "T12", "Title"), ("TASK-3: Title", "TASK-3", "Title"), ("1.2 Title", "1.2", "Title"),
        ("1.2. Title", "1.2", "Title"), ("3. Title", "3", "Title"), ("3) Title", "3", "Title"), ("3 little pigs", "3-little-pigs", "3 little pigs"),
        ("**T1** Title", "T1", "Title"), ("**T1:** Title", "T1", "Title"), ("**T1**: Title", "T1", "Title"),
        ("**Important** thing", "important-thing", "**Important** thing"), ("Note: a thing", "note-a-thing", "Note: a thing"),
        ("Türen öffnen", "t-ren-ffnen", "Türen öffnen"),
    ],
)  # fmt: skip
def test_ids_and_titles(line, id_, title):
    (task,) = read_plan(f"- [ ] {line}\n".encode(), "p.md").tasks
    assert (task.id, task.title) == (id_, title)


def test_a_title_of_another_script_has_an_id_that_stays():
    (task,) = read_plan("- [ ] 你好\n".encode(), "p.md").tasks
    assert task.id.startswith("task-") and task == read_plan("- [ ] 你好\n".encode(), "p.md").tasks[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no tasks here", [("plan-empty", 1)]),
        ("- [ ] a\n- [ ] b\n- [ ] A", [("plan-repeated-id", 3)]),
        ("- [ ] T1: a\n- [ ] T2: b (after T1, T3)\n", [("plan-unknown-dependency", 2)]),
        ("- [ ] T1: a\n  - after T1\n", [("plan-waits-for-itself", 2)]),
        ("- [ ] T1: a (after T3)\n- [ ] T2: b (after T1)\n- [ ] T3: c (after T2)", [("plan-cycle", 1)]),
        ("- [ ] T1: a\n  - [ ] T2: b (after T1)\n", [("plan-cycle", 2)]),
        ("- [ ] T1: a (after T3)\n  - [ ] T2: b\n- [ ] T3: c (after T2)\n", [("plan-cycle", 1)]),
        ("- [ ] T1: a\n  - paths: ../x, a/{b\n  - priority: soon\n", [("unsafe-path", 2), ("bad-glob", 2), ("bad-value", 3)]),
        ("- [ ] T1: a\n  - spec: /x\n  - lane: A B\n", [("unsafe-path", 2), ("task-lane-unknown", 3)]),
        ("- [ ] " + "x" * 300, [("task-too-long", 1)]),
        ("- [ ] id with--dashes\n  - id: a--b\n", [("plan-bad-id", 1)]),
        ("\n".join("  " * n + f"- [ ] T{n}: x" for n in range(11)), [("plan-too-deep", 10), ("plan-too-deep", 11)]),
        ("- [ ] E: x\n  - id: e\n" + "\n".join(f"  - [ ] T{n}: x" for n in range(101)), [("plan-too-many", 1)]),
        ("\n".join(f"- [ ] T{n}: x" for n in range(MOST_TASKS + 1)), [("plan-too-many", MOST_TASKS + 1)]),
    ],
)  # fmt: skip
def test_markdown_that_is_refused(text, expected):
    assert refused(text) == expected


@pytest.mark.parametrize("box", ["[]", "[-]", "[~]", "[ x]", "[x ]", "[  ]", "[/]", "[✓]", "[ ]*", "[x]"])
def test_a_box_that_is_almost_one_is_told_and_not_left_out(box):
    text = f"- [ ] Ground\n- {box}{'' if box == '[x]' else ' '}Greet\n  - [ ] Below\n"
    assert refused(text) == [("plan-box-unclear", 2)]
    assert refused(f"- [ ] Ground\n  - {box}{'' if box == '[x]' else ' '}Greet\n") == [("plan-box-unclear", 2)]
    assert read_plan(f"- [ ] Ground\n  - acceptance:\n    - {box} Greet\n".encode(), "p.md").tasks[0].acceptance


def test_a_box_without_its_space_and_what_is_no_box():
    assert refused("-[ ] Ground\n\n*[x] Greet\n- [ ] Bye\n") == [("plan-box-unclear", 1), ("plan-box-unclear", 3)]
    text = "- [x](https://a.example) link\n- [-][ref]\n- [1] foot\n- [ ]\n- []\n- [WIP] words\n- `[-] code`\n\n> - [-] q\n\n"
    plan = read_plan(f"{text}```\n-[ ] code\n- [-] code\n```\n\n- [ ] Task\n  - see [-](x)\n".encode(), "p.md")
    assert [task.title for task in plan.tasks] == ["Task"]


def test_a_number_before_a_title_without_a_colon_is_found_by_what_waits_for_it():
    text = "- [ ] T001 Lay out\n- [x] T002 [P] Lint\n- [ ] T004 Serve (depends on T001, T002)\n- [ ] ES2015 a\n- [ ] ES2015 b\n"
    plan = read_plan(text.encode(), "tasks.md")
    first, second, third, *_ = plan.tasks
    assert third.depends_on == (first.id, second.id) and first.title == "T001 Lay out"
    assert refused(text + "- [ ] c (after ES2015)\n") == [("plan-unknown-dependency", 6)]


EPICS = """\
- [ ] Billing
  - [ ] Send bills
  - [ ] Write tests
    - after Send bills
  - [ ] Document
    - after: write tests
- [ ] Greeting
  - [ ] Write tests
- [ ] Write tests
- [ ] Ship (depends on greeting/write-tests, Send bills)
"""


def test_parts_of_different_epics_may_have_one_title():
    tasks = by_id(read_plan(EPICS.encode(), "p.md"))
    assert list(tasks) == [
        "billing", "send-bills", "billing/write-tests", "document", "greeting", "greeting/write-tests", "write-tests", "ship"
    ]  # fmt: skip
    assert tasks["billing/write-tests"].depends_on == ("send-bills",)
    assert tasks["document"].depends_on == ("billing/write-tests",)  # the one beside it
    assert tasks["ship"].depends_on == ("greeting/write-tests", "send-bills")
    assert refused(EPICS + "  - [ ] Ship\n  - [ ] Ship\n") == [("plan-repeated-id", 12)]
    assert refused(EPICS + "- [ ] write tests\n") == [("plan-repeated-id", 11)]
    long = "x" * 198
    epic, part, other = read_plan(f"- [ ] E\n  - id: {long}\n  - [ ] Test\n- [ ] Test\n".encode(), "p.md").tasks
    assert (epic.id, part.parent, other.id) == (long, long, "test") and part.id.startswith("test-")


def test_the_one_beside_is_meant_also_where_its_title_is_the_id_of_another_one():
    epic = "- [ ] Billing\n  - [ ] Test\n  - [ ] Ship\n    - after {}\n"
    tasks = by_id(read_plan(f"{epic.format('Test')}- [ ] Test\n- [ ] Rest (after test)\n".encode(), "p.md"))
    assert (tasks["ship"].depends_on, tasks["rest"].depends_on) == (("billing/test",), ("test",))
    tasks = by_id(read_plan(f"{epic.format('t1')}  - [ ] T1\n- [ ] T1: Test\n".encode(), "p.md"))
    assert tasks["ship"].depends_on == ("T1",)  # an id that somebody wrote is no title


@pytest.mark.parametrize("word", ["Write tests", "write-tests", "WRITE TESTS"])
def test_a_dependency_that_may_mean_several_is_not_guessed(word):
    text = EPICS.replace("- [ ] Write tests\n- [ ] Ship", "- [ ] Ship") + f"  - after {word}\n"
    with pytest.raises(Refusal) as caught:
        read_plan(text.encode(), "p.md")
    assert (caught.value.code, caught.value.place.line) == ("plan-ambiguous-dependency", 10)
    assert caught.value.values["candidates"] == ["billing/write-tests", "greeting/write-tests"]
    assert "`billing/write-tests`, `greeting/write-tests`" in explain(caught.value)
    assert refused("- [ ] T1: a\n- [ ] T2: a\n- [ ] T3: b (after a)\n") == [("plan-ambiguous-dependency", 3)]


def test_of_many_that_may_be_meant_a_few_are_told():
    text = "".join(f"- [ ] E{n}: e\n  - [ ] Test\n" for n in range(2_000)) + "- [ ] T\n  - after Test, Test\n"
    with pytest.raises(Refusal) as caught:
        read_plan(text.encode(), "p.md")
    assert [len(fault.values["candidates"]) for fault in caught.value.all] == [5, 5]


def test_a_circle_is_spelled_out_and_the_nearest_name_is_told():
    with pytest.raises(Refusal) as caught:
        read_plan(
            b"- [ ] T1: a (after T2)\n- [ ] T2: b (after T3)\n- [ ] T3: c (after T1)\n- [ ] T4: d (after T3)", "p.md"
        )
    assert caught.value.values == {"cycle": ["T1", "T2", "T3"]}
    assert "`T1` → `T2` → `T3` → `T1`" in explain(caught.value)
    with pytest.raises(Refusal) as caught:
        read_plan(b"- [ ] Greet people\n- [ ] Say bye (after Greet peple)\n", "p.md")
    assert caught.value.values["nearest"] == "greet-people"


def test_ticks_are_flipped_in_place_and_nothing_else():
    plan = read_plan(LIST.encode(), "p.md")
    states = {"T0": "ready", "T1": "done", "1.2": "subsumed", "say-good-bye": "deprecated"}
    tasks = tuple(task.model_copy(update={"state": states.get(task.id, task.state)}) for task in plan.tasks)
    for data in (LIST.encode(), LIST.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + LIST.encode()):
        made = write_plan(plan.model_copy(update={"tasks": tasks}), "markdown", data, name="p.md")
        expected = data.replace(b"[x] T0", b"[ ] T0").replace(b"[ ] T1", b"[x] T1").replace(b"[ ] **1.2", b"[x] **1.2")
        assert made == expected
        assert write_plan(plan, "markdown", data, name="p.md") == data


# --- task-master

MASTER = {
    "master": {
        "tasks": [
            {"id": 1, "title": "Ground", "description": "A", "details": "B", "testStrategy": "C", "status": "done",
             "priority": "high", "dependencies": [], "complexity": 7},
            {"id": 2, "title": "Greet", "description": "", "status": "pending", "dependencies": [1],
             "subtasks": [{"id": 1, "title": "Ask", "status": "in-progress", "dependencies": [],
                           "acceptanceCriteria": "- one\n- [x] two"},
                          {"id": 2, "title": "Say", "status": "review", "dependencies": [1, "2.1", "1"]}]},
            {"id": "3", "title": "Put off", "status": "deferred", "dependencies": ["2.2", 2],
             "metadata": {"lane": "qa", "paths": ["src/**"], "spec": "s.md", "other": 1}},
        ],
        "metadata": {"created": "2026"},
    },
    "next": {"tasks": [{"id": 1, "title": "Other"}]},
}  # fmt: skip


def test_task_master_tagged():
    plan = read_plan(json.dumps(MASTER).encode(), ".taskmaster/tasks/tasks.json")
    assert plan.plan == "tasks"
    tasks = by_id(plan)
    assert list(tasks) == ["1", "2", "2.1", "2.2", "3"]
    assert (tasks["1"].goal, tasks["1"].verification, tasks["1"].priority) == ("A\n\nB", "C", "high")
    assert [task.state for task in plan.tasks] == ["done", "ready", "in-progress", "in-review", "blocked"]
    assert (tasks["2.1"].acceptance, tasks["2.1"].ticked, tasks["2.1"].parent) == (("one", "two"), (1,), "2")
    assert tasks["2.2"].depends_on == ("2.1",)  # 1, "2.1" and "1" are all the one beside it
    assert tasks["3"].depends_on == ("2.2", "2")
    assert (tasks["3"].lane, tasks["3"].paths, tasks["3"].spec) == ("qa", ("src/**",), "s.md")
    other = read_plan(json.dumps(MASTER).encode(), "tasks.json", tag="next")
    assert (other.plan, [task.title for task in other.tasks]) == ("tasks.next", ["Other"])


def test_task_master_flat():
    flat = json.dumps({"meta": {"projectName": "x"}, "tasks": MASTER["master"]["tasks"]}).encode()
    assert read_plan(flat, "tasks.json") == read_plan(json.dumps(MASTER["master"]).encode(), "tasks.json")
    assert kind_of(flat, "tasks.json") == kind_of(flat, "-") == "task-master"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"tasks": [\n{"id": 1, "title": "a"},\n{"id": 1, "title": "b"}]}', [("plan-repeated-id", 3)]),
        ('{"tasks": [\n{"id": 1,\n"title": "a", "dependencies": [\n9]}]}', [("plan-unknown-dependency", 4)]),
        ('{"tasks": [\n{"title": "a"},\n3,\n{"id": 1.5, "title": "x"}]}', [("missing-key", 2), ("wrong-type", 3), ("wrong-type", 4)]),
        ('{"tasks": [\n{"id": 1,\n"status": "soon",\n"priority": "x"}]}', [("missing-key", 2), ("bad-value", 3), ("bad-value", 4)]),
        ('{"tasks": [{"id": 1, "title": "a",\n"dependencies": [true],\n"subtasks": 3}]}', [("wrong-type", 2), ("wrong-type", 3)]),
        ('{"a": {"tasks": []}, "b": {"tasks": []}}', [("plan-tag-unknown", 1)]),
        ('{"tasks": []}', [("plan-empty", 1)]),
        ('{"a": 1}', [("plan-not-recognised", 1)]),
        ("[]", [("plan-not-recognised", 1)]),
        ("{", [("bad-json", 1)]),
        ('{"version": 2, "tasks": []}', [("bad-value", 1)]),
        ('{"version": 1, "tasks": [\n{"id": "a", "title": "b", "lines": 3},\n{"id": "c"}]}', [("unknown-key", 2), ("missing-key", 3)]),
        ('{"version": 1, "tasks": [{"id": "a", "title": "b",\n"parent": "x"}]}', [("plan-unknown-parent", 1)]),
        ('{"version": 1, "tasks": [{"id": "a", "title": "b", "parent": "c"},\n{"id": "c", "title": "b", "parent": "a"}]}', [("plan-cycle", 1)]),
    ],
)  # fmt: skip
def test_json_that_is_refused(text, expected):
    assert refused(text, "tasks.json") == expected


def test_a_tag_that_there_is_not():
    assert refused(json.dumps(MASTER), "tasks.json", tag="nix") == [("plan-tag-unknown", 1)]
    assert refused('{"tasks": [{"id": 1, "title": "a"}]}', "tasks.json", tag="nix") == [("plan-tag-unknown", 1)]


@pytest.mark.parametrize(
    ("text", "name"), [("- [ ] a\n", "p.md"), ('{"version": 1, "tasks": [{"id": "a", "title": "b"}]}', "p.json")]
)
def test_a_tag_of_a_file_that_has_no_lists_by_name_is_not_passed_over(text, name):
    assert read_plan(text.encode(), name).tasks
    assert [code for code, _ in refused(text, name, tag="nix")] == ["plan-tag-unknown"]


def test_a_task_master_file_keeps_what_it_holds():
    data = (json.dumps(MASTER, indent=4) + "\n").encode()
    plan = read_plan(data, "tasks.json")
    assert write_plan(plan, "task-master", data, name="tasks.json") == data
    states = {"2.1": "done", "3": "ready", "1": "done"}
    tasks = [task.model_copy(update={"state": states.get(task.id, task.state)}) for task in plan.tasks]
    tasks[1] = tasks[1].model_copy(update={"depends_on": (), "title": "Greet them"})
    tasks.append(tasks[0].model_copy(update={"id": "2.3", "title": "New", "parent": "2", "state": "ready"}))
    made = write_plan(plan.model_copy(update={"tasks": tuple(tasks)}), "task-master", data, name="tasks.json")
    value, expected = json.loads(made), json.loads(data)
    there = expected["master"]["tasks"]
    there[1] |= {"title": "Greet them", "dependencies": []}
    there[1]["subtasks"][0]["status"] = "done"
    there[2]["status"] = "pending"
    new = value["master"]["tasks"][1]["subtasks"].pop()
    assert value == expected and list(value["master"]["tasks"][0]) == list(there[0])
    assert (new["id"], new["title"], new["status"]) == (3, "New", "pending")
    assert made.startswith(b'{\n    "master"') and made.endswith(b"}\n")


def test_a_sub_task_waits_for_what_is_beside_it_as_task_master_reads_it():
    """From task-master's own repository: text, as its newer files hold it, hid two blockers and made this one ready."""
    beside = [
        {"id": 1, "title": "Commands", "status": "pending"},
        {"id": 2, "title": "Setup", "status": "pending"},
        {"id": 3, "title": "Together", "status": "pending", "dependencies": ["1", "2", "98", 99]},
        {"id": 4, "title": "After the ground", "status": "pending", "dependencies": ["4"], "metadata": {"dependencies": [1]}},
    ]  # fmt: skip
    top = [{"id": number, "title": f"Task {number}", "status": "done"} for number in (1, 2, 4, 98, 99)]
    data = json.dumps({"tasks": [*top, {"id": 97, "title": "Git", "subtasks": beside}]}).encode()
    plan = read_plan(data, "tasks.json")
    assert by_id(plan)["97.3"].depends_on == ("97.1", "97.2", "98", "99")
    assert by_id(plan)["97.4"].depends_on == ("4", "1")
    again = by_id(read_plan(write_plan(plan, "task-master"), "tasks.json"))
    assert {name: set(task.depends_on) for name, task in again.items()} == {
        name: set(task.depends_on) for name, task in by_id(plan).items()
    }


def test_what_a_sub_task_waits_for_elsewhere_is_written_where_it_is_read_back():
    top = [{"id": 1, "title": "Ground"}, {"id": 2, "title": "Greet", "subtasks": [{"id": 1, "title": "Ask"}]}]
    data = json.dumps({"tasks": [*top, {"id": 3, "title": "Bye"}]}).encode()
    plan = read_plan(data, "tasks.json")
    new = PlannedTask(id="2.2", title="Say", parent="2", depends_on=("1", "2.1", "3"))
    data = write_plan(plan.model_copy(update={"tasks": (*plan.tasks, new)}), "task-master", data, name="tasks.json")
    plan = read_plan(data, "tasks.json")
    assert set(by_id(plan)["2.2"].depends_on) == {"1", "2.1", "3"}
    assert write_plan(plan, "task-master", data, name="tasks.json") == data
    for waits in (("1",), ("2.1", "1"), ("3",), ()):
        tasks = [task.model_copy(update={"depends_on": waits}) if task.id == "2.2" else task for task in plan.tasks]
        data = write_plan(plan.model_copy(update={"tasks": tuple(tasks)}), "task-master", data, name="tasks.json")
        assert set(by_id(read_plan(data, "tasks.json"))["2.2"].depends_on) == set(waits)
    assert b"metadata" in data  # it is its user's, though nothing is left in it


def test_a_new_sub_task_takes_no_number_from_what_another_one_waits_for():
    top = [{"id": 1, "title": "Ground"}, {"id": 3, "title": "Bye"}]
    part = {"id": 2, "title": "Say", "dependencies": [1, "3"]}
    data = json.dumps({"tasks": [*top, {"id": 2, "title": "Greet", "subtasks": [part]}]}).encode()
    plan = read_plan(data, "tasks.json")
    new = tuple(PlannedTask(id=f"2.{number}", title=f"New {number}", parent="2") for number in (1, 3))
    made = write_plan(plan.model_copy(update={"tasks": (*plan.tasks, *new)}), "task-master", data, name="tasks.json")
    assert set(by_id(read_plan(made, "tasks.json"))["2.2"].depends_on) == {"1", "3"}


@pytest.mark.parametrize(
    ("more", "key"), [("a note", "metadata"), ({"dependencies": "a note"}, "metadata.dependencies")]
)
def test_what_people_keep_in_metadata_is_not_written_over(more, key):
    part = {"id": 1, "title": "Say", "metadata": more}
    data = json.dumps(
        {"tasks": [{"id": 1, "title": "Ground"}, {"id": 2, "title": "Greet", "subtasks": [part]}]}
    ).encode()
    plan = read_plan(data, "tasks.json")

    def written(*waits):
        tasks = [task.model_copy(update={"depends_on": waits}) if task.id == "2.1" else task for task in plan.tasks]
        new = PlannedTask(id="2.3", title="Ask", parent="2")
        made = plan.model_copy(update={"tasks": (*tasks, new)})
        return json.loads(write_plan(made, "task-master", data, name="tasks.json"))

    assert written("2.3")["tasks"][1]["subtasks"][0]["metadata"] == more
    with pytest.raises(Refusal) as caught:
        written("1")
    assert (caught.value.code, caught.value.values["key"]) == ("wrong-type", f"tasks[1].subtasks[0].{key}")


# --- the index of specs, and our own


def test_the_index_of_specs_is_a_plan_and_is_not_written():
    needs = (
        IndexedRequirement(id="A-1", text="is so", done=True),
        IndexedRequirement(id="A-2", text="too", done=False),
    )
    rest = {"owners": (), "status": None, "last_review": None, "content": "a" * 64}
    index = SpecIndex(specs=(IndexedSpec(id="0007", title="Greeting", path="tasks/specs/7.md", covers=("src/**",), requirements=needs, **rest),
                             IndexedSpec(id="0008", title="Bye", path="tasks/specs/8.md", covers=(), requirements=needs[:1], **rest)))  # fmt: skip
    data = index.model_dump_json(indent=2).encode()
    one, other = read_plan(data, "tasks/index.json").tasks
    assert (one.id, one.title, one.spec, one.paths, one.state) == (
        "0007",
        "Greeting",
        "tasks/specs/7.md",
        ("src/**",),
        "ready",
    )
    assert (one.acceptance, one.ticked, other.state) == (("A-1: is so", "A-2: too"), (0,), "done")
    assert kind_of(data, "tasks/index.json") == "spec-index"
    with pytest.raises(Refusal, match="plan-is-generated"):
        write_plan(read_plan(data, "index.json"), "spec-index", data, name="index.json")


def test_an_original_of_another_kind_or_a_broken_one_is_refused():
    plan = read_plan(b"- [ ] a\n", "p.md")
    with pytest.raises(Refusal, match="plan-kind-differs"):
        write_plan(plan, "task-master", b"- [ ] a\n", name="p.md")
    with pytest.raises(Refusal, match="plan-repeated-id"):
        write_plan(plan, "markdown", b"- [ ] a\n- [ ] a\n", name="p.md")


@SOME
@given(PLANS)
@example(TaskPlan(version=1, plan="plan", tasks=(PlannedTask(id="T1", title="`c`"),)))
@example(TaskPlan(version=1, plan="plan", tasks=(PlannedTask(id="T1", title="a", goal="`b`", verification="`c`"),)))
def test_our_json_and_a_markdown_list_are_read_back_as_they_were(plan):
    for kind, name in (("json", "plan.json"), ("markdown", "plan.md")):
        data = write_plan(plan, kind)
        assert kind_of(data, name) == kind
        again = read_plan(data, name)
        assert normal(again) == normal(plan), data.decode()
        assert write_plan(again, kind, data, name=name) == data


@SOME
@given(PLANS)
def test_task_master_is_read_back_as_it_was(plan):
    data = write_plan(plan, "task-master")
    again = read_plan(data, "plan.json")
    assert write_plan(again, "task-master", data, name="plan.json") == data
    expected = sorted(normal(plan, waits=True).values(), key=lambda task: (task.title, task.goal, task.id))
    got = sorted(normal(again, waits=True).values(), key=lambda task: (task.title, task.goal, task.id))
    names = {"id", "parent", "depends_on"}
    assert [task.model_dump(exclude=names) for task in got] == [task.model_dump(exclude=names) for task in expected]
    assert write_plan(read_plan(write_plan(again, "task-master"), "plan.json"), "task-master") == write_plan(
        again, "task-master"
    )


@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))),
    st.sampled_from(["a.md", "b.json", "c"]),
)
def test_whatever_stands_in_a_file_it_is_read_or_refused(data, name):
    try:
        plan = read_plan(data, name)
    except Refusal as refusal:
        assert all(fault.place.file == name for fault in refusal.all)
    else:
        assert read_plan(write_plan(plan, "json"), "x.json").tasks


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"- [ ] T{n}: x (after T{n - 1})" for n in range(1, MOST_TASKS)) + "\n- [ ] T0: x",
        "".join("  " * n + "- [ ] a\n" for n in range(400)), "- [ ] a " + "(" * 50_000, "- [ ] a" + " (after b)" * 10_000,
        "- [ ] a\n" + "  b\n" * 50_000, "- [ ] **" + "a" * 50_000, "- [ ] " + "a-" * 30_000, "- [ ] a\n  - after " + "b, " * 20_000,
        "\n".join(f"- [ ] T{n}: x (after nobody {n})" for n in range(MOST_TASKS)), "- [ ] a\n  - paths: " + "{" * 50_000, "- [ ] a\n- [" + " " * 500_000 + "a",
    ],
)  # fmt: skip
def test_hostile_lists_cost_little(text):
    def read(some):
        with suppress(Refusal):
            read_plan(some.encode(), "p.md")

    assert soon(read, text, 5)
