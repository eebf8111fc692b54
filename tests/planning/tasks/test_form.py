"""The form of a task as GitHub renders it, and as people then mangle it."""

import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.task import PlannedTask
from bot.planning.tasks.plan_files.issue_text import issue_text
from bot.planning.tasks.text.form import read_form
from bot.planning.tasks.text.form_fields import LONGEST_BOX, MOST_BOXES, MOST_DEPENDENCIES, MOST_PATHS
from bot.planning.tasks.text.form_sections import LABELS, MOST_BODY
from bot.source.documents import load
from templates import explain, render
from tests.effort import soon

FORM = load((Path(__file__).parents[3] / "templates/repository/task.yml").read_bytes(), "yaml", "task.yml").value
ANSWERS = {
    "Goal": "Greet people.\n\nBy name, that is.",
    "Acceptance": "- [ ] a name is said\n- [x] a test says so",
    "Paths": "src/greet/**\ndocs/*.md",
    "Lane": "implementation",
    "Priority": "high",
    "Depends on": "#12, #13",
    "Spec": "tasks/specs/0007.md",
    "Verification": "`make test`",
}


def body(end="\n", **more):
    told = ANSWERS | {name.replace("_", " "): text for name, text in more.items()}
    return end.join(f"### {label}{end}{end}{text or '_No response_'}{end}" for label, text in told.items())


def codes(form):
    return [(fault.code, fault.place.line) for fault in form.faults]


def test_the_form_that_ships_asks_for_what_is_read():
    labels = [each["attributes"]["label"] for each in FORM["body"] if each["type"] != "markdown"]
    assert labels == list(ANSWERS)
    assert [label.lower() for label in labels] == [names[0] for names in LABELS.values()]
    assert FORM["labels"] == ["task"]
    (priority,) = [each["attributes"] for each in FORM["body"] if each["type"] == "dropdown"]
    for option in priority["options"]:
        assert read_form(body(Priority=option)).priority == option
    assert priority["options"][priority["default"]] == "medium"
    required = [each["id"] for each in FORM["body"] if each.get("validations", {}).get("required")]
    assert required == ["goal"]


def test_a_form_as_github_renders_it():
    form = read_form(body(), lanes=["implementation", "architecture"])
    assert form.goal == "Greet people.\n\nBy name, that is."
    assert [(box.text, box.ticked) for box in form.acceptance] == [("a name is said", False), ("a test says so", True)]
    assert form.paths == ("src/greet/**", "docs/*.md")
    assert (form.lane, form.priority, form.depends_on) == ("implementation", "high", (12, 13))
    assert (form.spec, form.verification, form.faults) == ("tasks/specs/0007.md", "`make test`", ())
    assert {name: body().split("\n")[line - 1] for name, line in form.lines.items()} == {
        "goal": "Greet people.", "acceptance": "- [ ] a name is said", "paths": "src/greet/**", "lane": "implementation",
        "priority": "high", "depends_on": "#12, #13", "#12": "#12, #13", "#13": "#12, #13", "spec": "tasks/specs/0007.md",
        "verification": "`make test`",
    }  # fmt: skip
    assert read_form(body("\r\n"), lanes=["implementation"]) == form


def test_what_nobody_said():
    assert read_form(body(**dict.fromkeys(ANSWERS, ""))) == read_form("")
    assert read_form("").priority is None


def test_a_body_without_the_form_is_a_goal_with_its_boxes():
    form = read_form("Make it so.\n\n## Why\n\n- [ ] one\n- [x] two\n\nDepends on #4\n\n`src/x`\n")
    assert form.goal == "Make it so.\n\n## Why\n\n- [ ] one\n- [x] two\n\nDepends on #4\n\n`src/x`"
    assert [(box.text, box.ticked, box.line) for box in form.acceptance] == [("one", False, 5), ("two", True, 6)]
    assert (form.depends_on, form.paths, form.faults) == ((4,), (), ())


@pytest.mark.parametrize(
    "label",
    ["# lane", "###### LANE", "### Lane:", "###   Lane  ###", "### 🚦 Lane", "### **Lane**", "**Lane**", "**Lane:**",
     "__Lane__:", "### Lane (of graftsman.yml)", "  ### Lane", "### `Lane`"],
)  # fmt: skip
def test_labels_as_people_write_them(label):
    form = read_form(f"### Priority\n\nlow\n\n{label}\n\nimplementation\n\n### Goal\nx")
    assert (form.lane, form.priority, form.goal, form.faults) == ("implementation", "low", "x", ())


@pytest.mark.parametrize(
    "hidden",
    ["```\n### Lane\n\nb\n```", "~~~~\n### Lane\n~~~\nb\n~~~~", "<!--\n### Lane\n\nb\n-->", "> ### Lane\n>\n> b",
     "    ### Lane", "<pre>\n### Lane\nb\n</pre>", "- ```\n  ### Lane\n  ```", "<!-- ### Lane -->"],
)  # fmt: skip
def test_labels_that_are_none(hidden):
    form = read_form(f"### Goal\n\nx\n\n{hidden}\n\n### Spec\n\na.md\n")
    assert (form.lane, form.spec, form.faults) == ("", "a.md", ())
    assert form.goal.startswith("x")


def test_a_label_in_quoting_html_is_none():
    form = read_form("### Goal\n\nx\n\n<blockquote>\n\n### Lane\n\nb\n\n</blockquote>\n\n### Spec\n\na.md")
    assert (form.lane, form.spec) == ("", "a.md")
    assert form.goal.endswith("### Lane\n\nb\n\n</blockquote>")


def test_a_comment_that_never_ends_hides_the_rest():
    assert read_form("### Lane\n\na\n\n<!-- \n\n### Spec\n\nb.md").spec == ""


def test_headings_in_a_goal_are_its_own_and_deeper_ones_in_a_list_divide_nothing():
    form = read_form(
        "### Goal\n\na\n\n# Notes\n\nb\n\n### Acceptance\n\n#### Must\n- [ ] c\n#### May\n- [ ] d\n### Q\n- [ ] e"
    )
    assert form.goal == "a\n\n# Notes\n\nb"
    assert [box.text for box in form.acceptance] == ["c", "d"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] a\n* [X] b\n+ [x] c\n1. [ ] d", "a- b+ c+ d-"),
        ("a\nb", "a- b-"),
        ("- a\n- b", "a- b-"),
        ("[ ] a\n[x] b", "a- b+"),
        ("- [] a", "a-"),
        ("- [ ] a\n  more\n- [ ] b", "a more- b-"),
        ("- [ ] a\n\n  more", "a more-"),
        ("- [ ] a\nb", "a- b-"),
        ("- [ ] a\n  - [x] b", "a- b+"),
        ("- [ ]\n- [ ] \n- [ ] a", "a-"),
        ("- [ ] a <!-- b -->\n<!-- - [ ] c -->", "a-"),
        ("> - [ ] a\n\n```\n- [ ] b\n```", ""),
        ("_No response_", ""),
        ("_No response_\n\n- [ ] a", "a-"),
    ],
)
def test_acceptance(text, expected):
    made = read_form(body(Acceptance=text)).acceptance
    assert " ".join(f"{box.text}{'-+'[box.ticked]}" for box in made) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`src/**`", ["src/**"]),
        ("- `src/**`: the sources\n* lib/x", ["src/**", "lib/x"]),
        ("src/*.{ts,tsx}, docs/*.md; a/[!,]b", ["src/*.{ts,tsx}", "docs/*.md", "a/[!,]b"]),
        ("./src/\nsrc/**\n`./src/**`", ["src/**"]),
        ("```\nsrc/**\nlib/**\n```", ["src/**", "lib/**"]),
        ("    src/**", ["src/**"]),
        ("**/*.ts", ["**/*.ts"]),
        ("n/a", []),
        ("> src/**", []),
        ("1. a\n2. b", ["a", "b"]),
        ("<!-- a -->\nb", ["b"]),
    ],
)
def test_paths(text, expected):
    form = read_form(body(Paths=text))
    assert (list(form.paths), form.faults) == (expected, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [("../a", "unsafe-path"), ("/a/b", "unsafe-path"), (".git/config", "unsafe-path"), ("a/../*", "bad-glob"),
     ("/a/*", "bad-glob"), ("{a,../*}", "bad-glob"), ("a/{b", "bad-glob"), ("a\\b", "unsafe-path"), ("x/**y", "bad-glob"),
     ("the whole of it", "bad-glob")],
)  # fmt: skip
def test_paths_that_are_not_believed(text, code):
    form = read_form(body(Paths=f"ok/**\n{text}"))
    assert form.paths == ("ok/**",)
    assert codes(form) == [(code, body(Paths="ok/**").split("\n").index("ok/**") + 2)]


@pytest.mark.parametrize(
    "text", ["implementation", "Implementation", "`implementation`", "- implementation", "lane/implementation",
             "**implementation**", "🔧 implementation", "lane: implementation", "implementation\nimplementation"],
)  # fmt: skip
def test_lanes(text):
    form = read_form(body(Lane=text), lanes=["architecture", "implementation"])
    assert (form.lane, form.faults) == ("implementation", ())


@pytest.mark.parametrize(
    ("text", "nearest"), [("implementaton", "implementation"), ("qa", ""), ("architecture\nimplementation", "")]
)
def test_lanes_that_there_are_not(text, nearest):
    form = read_form(body(Lane=text), lanes=["architecture", "implementation"])
    (fault,) = form.faults
    assert (form.lane, fault.code, fault.values["nearest"]) == (
        "",
        "task-lane-unknown",
        nearest or fault.values["nearest"],
    )
    assert fault.values["known"] == ["architecture", "implementation"]
    assert "`architecture`" in explain(fault)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("high", "high"), ("P0", "critical"), ("P3", "low"), ("🔥 High", "high"), ("P1 - high", "high"), ("High (P1)", "high"),
     ("priority/low", "low"), ("Priority: medium", "medium"), ("`urgent`", "critical"), ("normal", "medium")],
)  # fmt: skip
def test_priorities(text, expected):
    form = read_form(body(Priority=text))
    assert (form.priority, form.faults) == (expected, ())


@pytest.mark.parametrize("text", ["soon", "P4", "high or low", "not high", "💥", "1"])
def test_priorities_that_there_are_not(text):
    form = read_form(body(Priority=text))
    assert form.priority is None
    assert [fault.code for fault in form.faults] == ["task-priority-unknown"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#12", [12]),
        ("12, 13 and 14", [12, 13, 14]),
        ("- #12\n- #13 the parser", [12, 13]),
        ("#12 #12,#0012", [12]),
        ("GH-12", [12]),
        ("acme/platform#12, Acme/Platform#13", [12, 13]),
        ("https://github.com/acme/platform/issues/12", [12]),
        ("https://ghe.acme.example/acme/platform/issues/12#issuecomment-3 (x)", [12]),
        ("[the parser](https://github.com/acme/platform/issues/12)", [12]),
        ("none", []),
        ("None", []),
        ("#1000000000", [10**9]),
    ],
)
def test_dependencies(text, expected):
    form = read_form(body(Depends_on=text), repository="acme/platform")
    assert (list(form.depends_on), form.faults) == (expected, ())


@pytest.mark.parametrize(
    "text", ["#0", "0", "#1000000001", "#" + "9" * 5000, "9" * 5000, "other/platform#12", "the parser", "#abc", "#12a",
             "https://github.com/other/platform/issues/12", "https://github.com/acme/platform/issues/new"],
)  # fmt: skip
def test_dependencies_that_cannot_be_read(text):
    form = read_form(body(Depends_on=text), repository="acme/platform")
    assert form.depends_on == ()
    assert [fault.code for fault in form.faults] == ["task-dependency-unreadable"]
    assert read_form(body(Depends_on="acme/platform#12")).faults[0].code == "task-dependency-unreadable"


def test_dependencies_of_the_field_and_of_lines_are_one_list():
    form = read_form(
        body(Depends_on="#3", Verification="Blocked by #9\n\nDepends on #3 and #x", Goal="depends on: #12, #13")
    )
    assert form.depends_on == (3, 12, 13, 9)
    assert read_form(body(Goal="Depends on #0")).faults[0].code == "task-dependency-unreadable"


@pytest.mark.parametrize(
    "text", ["`tasks/specs/0007.md`", "./tasks/specs/0007.md", "[x](tasks/specs/0007.md)", "- tasks/specs/0007.md"]
)
def test_specs(text):
    assert read_form(body(Spec=text)).spec == "tasks/specs/0007.md"


@pytest.mark.parametrize(("text", "code"), [("../x.md", "unsafe-path"), ("a.md\nb.md", "task-spec-ambiguous")])
def test_specs_that_are_not_believed(text, code):
    form = read_form(body(Spec=text))
    assert (form.spec, [fault.code for fault in form.faults]) == ("", [code])


def test_bounds():
    form = read_form(body(Depends_on=", ".join(f"#{n}" for n in range(1, 99))))
    assert (len(form.depends_on), [f.code for f in form.faults]) == (MOST_DEPENDENCIES, ["task-too-many"])
    form = read_form(body(Paths="\n".join(f"a/{n}" for n in range(999))))
    assert (len(form.paths), [f.code for f in form.faults]) == (MOST_PATHS, ["task-too-many"])
    form = read_form(body(Acceptance="\n".join(f"- [ ] {n}" for n in range(999))))
    assert (len(form.acceptance), [f.code for f in form.faults]) == (MOST_BOXES, ["task-too-many"])
    form = read_form(body(Acceptance="- [ ] a\n- [ ] " + "x" * (LONGEST_BOX + 1)))
    assert ([box.text for box in form.acceptance], [f.code for f in form.faults]) == (["a"], ["task-too-long"])
    assert codes(read_form("x" * (MOST_BODY + 1))) == [("task-too-long", 1)]


@pytest.mark.parametrize(
    "form", [read_form(body(Lane="q", Priority="q", Depends_on="q", Spec="a\nb", Paths="../x"), lanes=["a"])]
)
def test_every_fault_has_its_words(form):
    assert len(form.faults) == 5
    for fault in form.faults:
        assert f"`issue:{fault.place.line}`" in explain(fault)


PIECES = st.sampled_from(
    [f"### {names[-1]}" for names in LABELS.values()] + ["### Other", "", "", "- [ ] a", "- b", "  c", "> d", "```", "~~~",
     "<!--", "-->", "<pre>", "</pre>", "#12, #13", "Depends on #3", "src/**", "../x", "high", "lane", "`a`", "\t- [x] e",
     "**Lane**", "\\", "{", "# Goal", "a/b.md", "_No response_", "\u200b", "\x07", "\ud800", "---", "===", "1) x", "|"]
)  # fmt: skip
BODIES = st.one_of(
    st.text(max_size=200),
    st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=30).map("\n".join),
    st.lists(PIECES, max_size=30).map("\r\n".join),
)


@given(BODIES, st.lists(st.sampled_from(["lane", "b"])))
def test_nothing_raises_and_every_line_is_one_of_the_body(text, lanes):
    form = read_form(text, lanes=lanes, repository="a/b")
    lines = re.split(r"\r\n|\n|\r", text)
    for box in form.acceptance:
        assert box.text.split()[0] in lines[box.line - 1]
    for fault in form.faults:
        assert 1 <= fault.place.line <= len(lines)
        explain(fault)
        if fault.code == "task-dependency-unreadable":
            assert fault.values["text"][:20].rstrip("…").split("\\")[0] in lines[fault.place.line - 1]
    for number in form.depends_on:
        assert str(number) in lines[form.lines[f"#{number}"] - 1]


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 60_000, "### Goal\n" * 7_000, "- " * 30_000, ">" * 60_000, "<!--" * 15_000, "`" * 60_000, "` " * 30_000,
        "### Paths\n\n" + "{" * 60_000, "### Paths\n\n" + "a," * 30_000, "### Depends on\n\n" + "#1 " * 20_000,
        "### Depends on\n\n" + "a/" * 30_000, "### Depends on\n\n" + "1 and " * 10_000 + "x", "### Lane\n\n" + "-" * 60_000,
        "### Priority\n\n" + "p" * 60_000, "Depends on " + "and " * 15_000, "### Acceptance\n\n- [ ] a" + "\n  b" * 15_000,
        "### " + "(" * 60_000, "**" * 30_000, "### " + " #" * 30_000, "### Spec\n\n[" * 5_000, "### Acceptance\n" + "- [ ] x\n" * 7_000,
        "<b>\n" * 15_000, "### Paths\n" + "`a` " * 15_000, "### Lane\n\n" + "a\n" * 30_000, "#" * 60_000,
    ],
)  # fmt: skip
def test_hostile_bodies_cost_little(text):
    assert soon(partial(read_form, lanes=["a", "b"], repository="a/b"), text, 2.5)


@given(BODIES)
def test_what_was_read_is_written_and_read_as_the_same(text):
    form = read_form(text)
    task = PlannedTask(
        id="a",
        title="b",
        goal=form.goal,
        acceptance=tuple(box.text for box in form.acceptance),
        ticked=tuple(at for at, box in enumerate(form.acceptance) if box.ticked),
        paths=form.paths,
        lane=form.lane,
        priority=form.priority or "medium",
        spec=form.spec,
        verification=form.verification,
    )
    again = read_form(render("tasks/issue.md", **issue_text(task)))
    assert again.faults == ()
    assert [(box.text, box.ticked) for box in again.acceptance] == [(box.text, box.ticked) for box in form.acceptance]
    assert again.priority == task.priority
    for name in ("goal", "paths", "lane", "spec", "verification"):
        assert getattr(again, name) == getattr(form, name)
