"""The page on tasks tells the truth: its examples are read, and what it promises is set."""

import re
from pathlib import Path

from bot.planning.tasks.plan_files import KINDS, read_plan
from bot.planning.tasks.plan_files.entries import DEEPEST, MOST_CHILDREN, MOST_TASKS
from bot.planning.tasks.plan_files.markdown_heads import KEYS
from bot.planning.tasks.text.form import read_form
from bot.planning.tasks.text.form_fields import LONGEST_BOX, MOST_BOXES, MOST_DEPENDENCIES, MOST_PATHS

PAGE = (Path(__file__).parents[2] / "docs/tasks.md").read_text("utf-8")
FLAT = " ".join(PAGE.split())


def example(kind):
    (text,) = re.findall(rf"^```markdown {kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return text


def test_the_form_on_the_page():
    form = read_form(example("form"), lanes=["implementation"], repository="acme/platform")
    assert form.faults == ()
    assert [box.ticked for box in form.acceptance] == [False, True]
    assert (form.paths, form.lane, form.priority) == (("src/greet/**", "docs/greet*.md"), "implementation", "high")
    assert (form.depends_on, form.spec) == ((12, 13, 14), "tasks/specs/0007-greeting.md")


def test_the_plan_on_the_page():
    plan = read_plan(example("plan").encode(), "greeting.md")
    assert [(task.id, task.parent, task.depends_on) for task in plan.tasks] == [
        ("E1", None, ()), ("T0", "E1", ()), ("T1", "E1", ("T0",)), ("say-good-bye", None, ("T1",)),
    ]  # fmt: skip
    one = plan.tasks[2]
    assert (one.goal, one.lane, one.priority, one.ticked) == ("Visitors like it.", "implementation", "high", (0,))
    assert one.paths == ("src/greet/**", "docs/greet*.md")


def test_the_numbers_and_names_on_the_page():
    assert f"At most {MOST_DEPENDENCIES} dependencies, {MOST_BOXES} boxes, {MOST_PATHS} paths" in FLAT
    assert f"{LONGEST_BOX:,} characters of one box" in FLAT
    assert f"At most {MOST_TASKS:,} tasks, {MOST_CHILDREN} sub-tasks of one epic and {DEEPEST} levels" in FLAT
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE) == list(KINDS)
    for member in set(KEYS.values()):
        assert any(f"`{key}:`" in PAGE or f"`{key}`" in PAGE for key, value in KEYS.items() if value == member), member
