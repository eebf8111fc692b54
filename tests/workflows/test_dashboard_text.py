"""The text of the dashboard: correct, bounded and quick, however many tasks there are and whatever they are called."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.contracts.event import PatchEvent
from bot.contracts.github import Issue
from bot.contracts.task import Lane, TaskSettings
from bot.planning.tasks.board.ticks import orders_in, parted
from bot.planning.tasks.decide import decide
from bot.planning.tasks.model import Graph, Task
from bot.workflows.bodies import MAX_BODY
from bot.workflows.tasks.dashboard.board import Board, Tick, fold_spans
from bot.workflows.tasks.dashboard.expected import foresee
from bot.workflows.tasks.dashboard.view import Shown, dashboard_text
from bot.workflows.tasks.pull import END

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LANES = {"architecture": Lane(people=("ada",), priority=5), "implementation": Lane(people=("ben",), max_open=3)}
HOSTILE = "@all --> <!-- act:raise --> `x` | <!-- graftsman:end --> \u202e ``` ]; end"


def shown(tasks, *, title=None, people=("ada",), **more):
    told = TaskSettings(lanes=LANES, **more.pop("settings", {}))
    graph = Graph({task.number: task for task in tasks})
    made = decide(graph, told, NOW)
    issues = {
        number: Issue(id=number, number=number, title=title or "", state="open", assignees=people, created_at=NOW)
        for number in graph.tasks
    }
    return Shown(graph, made, told, issues=issues, **more)


def many(count, *, title="Task", width=40):
    """Layers of tasks that wait for those before; a third is done, some are under way, each layer is an epic's."""
    for number in range(1, count + 1):
        done = number <= count // 3
        running = not done and number <= count // 3 + 5
        yield Task(
            number,
            f"{title} {number}",
            created=NOW - timedelta(days=number % 50),
            closed="completed" if done else "",
            lane=("architecture", "implementation", "")[number % 3],
            blocked_by=tuple(n for n in (number - width, number - width - 7) if n > 0),
            pull="merged" if done else "draft" if running else "none",
            started=NOW if running else None,
        )


def section(text, name):
    return text.partition(f"### {name}\n")[2].partition("\n### ")[0]


@pytest.mark.parametrize("count", [0, 1, 30, 300, 10_000])
def test_any_number_of_tasks_fits_and_shows_what_matters(count):
    board = Board(took=tuple((n, 3600 * n) for n in range(1, 11)))
    page = shown(list(many(count)), board=board, replayable=True, merging="### Merging\n\n" + "m" * 14_000)
    foresee(board, page.graph, page.planned, page.settings, NOW)
    text = dashboard_text(page)
    assert len(text.encode()) <= MAX_BODY
    assert text.startswith("<!-- graftsman:dashboard -->\n")
    assert text.endswith(f"\n{END}")
    assert "### Merging" in text
    assert orders_in(text, END) == ()
    if count >= 30:
        running = [n for n, made in page.planned.decisions.items() if made.state == "in-progress"]
        assert len(running) == 5
        for number in running:
            assert f"| #{number} " in section(text, "Tasks")
            assert re.search(rf'\["{number} ', text), "it is in the picture"
        assert f"{count // 3:,} of {count:,} tasks done." in text
        rows = [int(number) for number in re.findall(r"^\| #(\d+) ", section(text, "Tasks"), re.MULTILINE)]
        assert len(set(rows)) == len(rows) >= 30
        left = sum(
            int(n.replace(",", ""))
            for n in re.findall(r"^(?:… and )?([\d,]+) (?:more\.|tasks?\.)$", section(text, "Tasks"), re.MULTILINE)
        )
        assert len(rows) + left == count
        assert "### Forecast" in text


def test_what_is_over_is_left_out_of_the_picture_and_the_table_first():
    text = dashboard_text(shown(list(many(300))))
    picture = re.search(r"```mermaid\n(.*?)\n```", text, re.DOTALL)[1]
    assert ":::done" not in picture
    assert ":::in-progress" in picture
    assert "==>" in picture


def test_hostile_titles_people_and_lanes_mean_nothing():
    tasks = [Task(n, HOSTILE, blocked_by=(n - 1,) if n > 1 else (), paths=(HOSTILE,)) for n in range(1, 40)]
    text = dashboard_text(shown(tasks, title=HOSTILE, people=("@ada|`x`", "b-->")))
    assert text.count("<!-- act:raise -->") == 1
    shown_text = re.sub(r"(?s)```mermaid.*?```|\\.", "", text)
    assert not re.search(r"@\w", re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", shown_text))
    assert parted(text, END)[1] == ""
    rows = [line for line in text.splitlines() if line.startswith("| #")]
    assert len(rows) > 20
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}
    assert "\u202e" not in text


titles = st.text(max_size=300)


@settings(max_examples=60)
@given(st.lists(titles, min_size=1, max_size=60), st.text(max_size=2000), st.integers(0, 5))
def test_whatever_things_are_called_it_orders_nothing_and_is_stable(names, below, steps):
    tasks = [Task(n, name, blocked_by=(n - steps,) if n > steps > 0 else ()) for n, name in enumerate(names, 1)]
    page = shown(tasks)
    text = dashboard_text(page, parted(f"{END}\n{below}", END)[1])
    assert orders_in(text, END) == ()
    assert len(text.encode("utf-8", "replace")) <= MAX_BODY
    ours, theirs = parted(text, END)
    assert dashboard_text(page, theirs) == text == ours + theirs


def test_people_may_write_much_below_and_the_page_still_shows_the_first_things():
    page = shown(list(many(300)))
    text = dashboard_text(page, "\n" + "ü" * 100_000)
    assert len(text.encode()) <= MAX_BODY
    assert "### Tasks" in text
    assert "ü" * 10_000 in text


def test_ticks_say_what_became_of_them_newest_first():
    def tick(at, outcome, **more):
        return Tick(
            key=str(at),
            at=NOW + timedelta(minutes=at),
            outcome=outcome,
            **{"kind": "start", "number": 7, "by": ("b@n",), **more},
        )

    ticks = (
        tick(0, "done"),
        tick(1, "not-allowed", needs="admin access"),
        tick(2, "begun", pull=9),
        tick(3, "closed"),
        tick(4, "no-task"),
        tick(5, "unknown", by=()),
        tick(6, "while-closed"),
        tick(7, "unread-rules"),
        tick(8, "done", kind="replay", number=0, count=2),
        tick(9, "done", kind="raise", number=0, count=11),
    )
    text = section(dashboard_text(shown([Task(7, "a")], board=Board(ticks=ticks))), "Ticks")
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert lines[0] == "- 2026-01-02 00:09 UTC, `b@n`: raise the limit of open tasks. Done: 11 now."
    assert lines[1].endswith("replay all. Done: 2 branches made anew.")
    assert lines[4].startswith("- 2026-01-02 00:05 UTC, somebody: start #7 now. Nothing was done: GitHub does not say")
    assert lines[7].endswith("it has begun, see #9.")
    assert lines[8].endswith("start #7 now. Nothing was done: it takes admin access.")
    assert lines[9].endswith("start #7 now. Done.")
    assert len(lines) == 10


def test_a_tick_is_remembered_once_and_only_the_last_ones_are():
    board = Board()
    for at in range(15):
        for _ in range(2):
            board.add(Tick(key=f"k{at}", kind="raise", at=NOW, outcome="done"))
    assert [tick.key for tick in board.ticks] == [f"k{at}" for at in range(5, 15)]


def entered(number, state, hours):
    return PatchEvent(
        id=f"{number}-{state}-{hours}", type="TASK_ENTERED", at=NOW + timedelta(hours=hours), repository="a/b",
        issue=number, subject=f"task:{number}", actor="bot", details={"state": state},
    )  # fmt: skip


def test_how_long_a_task_took_is_from_its_first_start_to_its_end():
    board = Board()
    fold_spans(board, [entered(1, "ready", 0), entered(1, "in-progress", 1), entered(2, "in-progress", 2)])
    fold_spans(board, [entered(1, "in-review", 3), entered(1, "in-progress", 4), entered(2, "deprecated", 5)])
    fold_spans(board, [entered(1, "done", 6), entered(3, "done", 7)])
    assert (board.took, board.begun) == (((1, 5 * 3600),), {})


def test_the_forecast_is_made_again_only_when_something_changed_or_a_day_later():
    page = shown(list(many(30)))
    board = Board(took=tuple((n, 3600 * n) for n in range(1, 8)))
    foresee(board, page.graph, page.planned, page.settings, NOW)
    first = board.forecast
    assert "is finished about **2026-01-0" in first
    assert len(re.findall(r"^\| #", first, re.MULTILINE)) == 8
    foresee(board, page.graph, page.planned, page.settings, NOW + timedelta(hours=23))
    assert board.forecast == first
    foresee(board, page.graph, page.planned, page.settings, NOW + timedelta(hours=24))
    assert board.forecast != first
    second = board.forecast
    board.took = (*board.took, (8, 900_000))
    foresee(board, page.graph, page.planned, page.settings, NOW + timedelta(hours=25))
    assert board.forecast != second
    few = Board(took=((1, 5),))
    foresee(few, page.graph, page.planned, page.settings, NOW)
    assert "When they are finished is told when 3 tasks are." in few.forecast
    over = shown([Task(1, "a", closed="completed")])
    foresee(few, over.graph, over.planned, over.settings, NOW)
    assert few.forecast == ""
