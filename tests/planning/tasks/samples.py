"""Plans for tests: by hand, and any that could be."""

import string

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.contracts.task import PRIORITIES, STATES, PlannedTask, TaskPlan
from bot.planning.tasks.plan_files.as_graph import circles
from bot.planning.tasks.plan_files.cycles import cycles_of
from bot.planning.tasks.text.form_text import clean

WORDS = st.sampled_from(
    ["greet", "bye (after x)", "T1: a", "1. b", "**b**", "`c`", "<!-- d", "-->", "<pre>", "# e", "- [ ] f", "- g", "```",
     "~~~", "@ann", "#12", "GH-3", "### Lane", "lane: q", "depends on: x", "|", "\\", "\\<", "*", "_No response_", "ü", "[x]",
     "(lane: a)", "Depends on #3", "> h", "<b>", "\u200b@", "1", "none", "a.b", "]", "{", "https://a.example/issues/4", "__i__"]
)  # fmt: skip
LINES = st.lists(st.one_of(WORDS, WORDS, st.text(string.printable, max_size=4)), min_size=1, max_size=3).map(" ".join)
LINE = LINES.map(lambda text: " ".join(clean(text).split())).filter(bool)
TEXTS = st.lists(st.one_of(LINES, st.just(""), LINES.map(lambda line: "    " + line)), max_size=4).map(
    lambda lines: clean("\n".join(lines))
)
PATHS = st.lists(
    st.sampled_from(["src/**", "docs/*.{md,txt}", "a b/c", "x`y", "[!a]b", "ü/*"]), unique=True, max_size=3
)


@st.composite
def plans(draw, most=4):
    """A plan without circles: tasks wait for earlier ones, and belong to earlier ones that do not wait for them."""
    count = draw(st.integers(1, most))
    style = draw(st.sampled_from(["T{}", "{}", "task-{}-x", "a.{}"]))
    ids = [style.format(number) for number in range(1, count + 1)]
    tasks = []
    for at, name in enumerate(ids):
        parent = draw(st.sampled_from([None, None, *ids[:at]])) if at else None
        acceptance = draw(st.lists(LINE.map(lambda text: text[:40].strip()).filter(bool), max_size=3))
        tasks.append(
            PlannedTask(
                id=name,
                title=draw(LINE)[:200].strip(),
                goal=draw(TEXTS),
                acceptance=tuple(acceptance),
                ticked=tuple(n for n in range(len(acceptance)) if draw(st.booleans())),
                paths=tuple(draw(PATHS)),
                lane=draw(st.sampled_from(["", "implementation", "a-1"])),
                priority=draw(st.sampled_from(PRIORITIES)),
                depends_on=() if at == 0 else tuple(draw(st.lists(st.sampled_from(ids[:at]), unique=True, max_size=3))),
                parent=parent,
                spec=draw(st.sampled_from(["", "tasks/specs/1.md", "a b.md", "x`y.md"])),
                verification=draw(TEXTS),
                state=draw(st.sampled_from(STATES)),
            )
        )
    return TaskPlan(plan="plan", tasks=tuple(tasks))


def has_a_circle(plan):
    """Whether a task waits for one that it, or an epic above, belongs to."""
    waits = {task.id: list(task.depends_on) for task in plan.tasks}
    for task in plan.tasks:
        if task.parent:
            waits[task.parent].append(task.id)
    return bool(cycles_of(waits) or circles(plan.tasks))


PLANS = plans().filter(lambda plan: not has_a_circle(plan))
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A whole plan is much to draw where the machine is busy."""
