"""Bringing a plan in: what is made, brought up to date and related; once, and again without doubles; people's edits win."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.task import PlannedTask, TaskPlan
from bot.planning.tasks.plan_files.changes import Known, blockers_first, changes
from bot.planning.tasks.plan_files.issue_text import digest, issue_text
from bot.planning.tasks.text.boxes import tick
from bot.planning.tasks.text.form import read_form
from templates import render
from tests.planning.tasks.samples import PLANS, SOME


def body_of(task):
    return render("tasks/issue.md", **issue_text(task))


class Repository:
    """Issues, as the changes would leave them."""

    def __init__(self):
        self.issues = {}

    def bring_in(self, plan):
        made = changes(plan, tuple(self.issues.values()), body_of)
        numbers = dict(made.numbers)
        for each in made.create:
            number = numbers[each.task.id] = len(self.issues) + 1
            self.issues[number] = Known(number, each.title, each.body, plan.plan, each.task.id, each.digest)
        for each in made.update:
            more = {
                "title": each.title,
                "body": each.body,
                "digest": each.digest,
                "plan": plan.plan,
                "id": each.task.id,
            }
            self.issues[each.number] = replace(self.issues[each.number], **more)
        for each in made.relate:
            issue, other = self.issues[numbers[each.id]], numbers[each.other]
            if each.kind == "sub-issue":
                assert issue.parent is None
                self.issues[issue.number] = replace(issue, parent=other)
            else:
                assert other not in issue.blocked_by
                self.issues[issue.number] = replace(issue, blocked_by=(*issue.blocked_by, other))
        for each in made.close:
            self.issues[each.number] = replace(self.issues[each.number], closed=each.reason)
        return made

    def edit(self, number, **more):
        self.issues[number] = replace(self.issues[number], **more)


def plan(*tasks):
    return TaskPlan(tasks=tasks)


A = PlannedTask(id="a", title="Ground", acceptance=("one", "two"), depends_on=("b",), goal="Do it.")
B = PlannedTask(id="b", title="Before")
E = PlannedTask(id="e", title="Epic")


def told(made):
    return [(each.code, each.id) for each in made.told]


def part(id, title, parent=None, **more):
    return PlannedTask(id=id, title=title, parent=parent, **more)


@pytest.mark.parametrize("edited", [False, True])
def test_a_part_stays_the_one_that_it_was_when_another_epic_gets_one_of_its_title(edited):
    before = plan(part("bills", "Bills"), part("tests", "Tests", "bills"), part("greet", "Greet"))
    after = plan(
        part("tests", "Tests"),
        part("greet", "Greet"),
        part("greet/tests", "Tests", "greet"),
        part("bills", "Bills"),
        part("bills/tests", "Tests", "bills"),
    )
    repo = Repository()
    repo.bring_in(before)
    if edited:
        repo.edit(2, body="By hand.")
    made = repo.bring_in(after)
    assert [each.task.id for each in made.create] == ["tests", "greet/tests"]
    assert [(each.number, each.task.id) for each in made.update] == [(2, "bills/tests")]
    assert repo.issues[2].parent == 1 and repo.issues[2].body == ("By hand." if edited else body_of(after.tasks[4]))
    assert told(made) == ([("edited-by-people", "bills/tests")] if edited else [])
    assert repo.bring_in(after).nothing
    # A kill may come between the issues that are made and the marker that is written anew.
    repo.edit(2, id="tests")
    assert repo.bring_in(after).create == () and repo.issues[2].id == "bills/tests"


def test_of_several_with_one_title_an_issue_without_its_marker_is_the_one_of_its_epic():
    some = plan(
        part("bills", "Bills"),
        part("bills/tests", "Tests", "bills"),
        part("greet", "Greet"),
        part("greet/tests", "Tests", "greet"),
    )
    repo = Repository()
    repo.bring_in(some)
    repo.edit(4, plan="", id="", digest="")
    repo.edit(2, closed="completed", plan="", id="", digest="")
    made = repo.bring_in(some)
    assert made.create == () and [(each.number, each.task.id) for each in made.update] == [(4, "greet/tests")]
    # One that is nobody's part is not taken for one.
    repo.edit(4, plan="", id="", digest="", parent=None)
    assert [each.task.id for each in repo.bring_in(some).create] == ["greet/tests"]


def test_all_of_it_once():
    repo = Repository()
    made = repo.bring_in(plan(A, B, E, B.model_copy(update={"id": "c", "title": "C", "parent": "e", "state": "done"})))
    assert [each.task.id for each in made.create] == ["b", "a", "e"]
    assert [(each.kind, each.id, each.other) for each in made.relate] == [("blocked-by", "a", "b")]
    assert told(made) == [("finished", "c")]
    assert repo.bring_in(plan(A, B, E)).nothing


def test_what_the_plan_says_anew_is_brought_up_to_date_and_ticks_stay():
    repo = Repository()
    repo.bring_in(plan(A, B))
    number = next(n for n, each in repo.issues.items() if each.id == "a")
    repo.edit(number, body=tick(repo.issues[number].body, {"one": True}).replace("\n", "\r\n"))
    assert repo.bring_in(plan(A, B)).nothing
    new = A.model_copy(update={"title": "New", "acceptance": ("one", "three")})
    made = repo.bring_in(plan(new, B))
    assert [(each.number, each.title) for each in made.update] == [(number, "New")]
    assert "- [x] one\n- [ ] three" in repo.issues[number].body
    assert repo.bring_in(plan(new, B)).nothing
    assert [each.number for each in repo.bring_in(plan(new.model_copy(update={"ticked": (1,)}), B)).update] == [number]
    assert "- [x] one\n- [x] three" in repo.issues[number].body


@pytest.mark.parametrize("edit", [{"title": "Mine"}, {"body": "Mine"}])
def test_what_people_edited_stays_and_is_told(edit):
    repo = Repository()
    repo.bring_in(plan(B))
    repo.edit(1, **edit)
    made = repo.bring_in(plan(B.model_copy(update={"goal": "New"})))
    assert made.nothing and told(made) == [("edited-by-people", "b")]
    repo.edit(1, title="Before", body=body_of(B.model_copy(update={"goal": "New"})))
    assert repo.bring_in(plan(B.model_copy(update={"goal": "New"}))).told == ()


def test_closing_and_what_people_closed_or_opened_again():
    repo = Repository()
    repo.bring_in(plan(A, B, E))
    done = [A, B.model_copy(update={"state": "done"}), E.model_copy(update={"state": "deprecated"})]
    made = repo.bring_in(plan(*done))
    assert [(each.id, each.reason) for each in made.close] == [("b", "completed"), ("e", "not-planned")]
    assert repo.bring_in(plan(*done)).nothing
    repo.edit(made.numbers["b"], closed="", reopened=True)
    again = repo.bring_in(plan(*done))
    assert again.nothing and told(again) == [("reopened-by-people", "b")]
    repo.edit(made.numbers["a"], closed="completed")
    assert ("closed-by-people", "a") in told(repo.bring_in(plan(*done)))


def test_relations_of_people_stay_and_their_own_epic_too():
    repo = Repository()
    repo.bring_in(plan(B, E))
    repo.edit(1, blocked_by=(77,), parent=99)
    made = repo.bring_in(plan(B.model_copy(update={"parent": "e", "depends_on": ()}), E))
    assert made.nothing
    assert repo.issues[1].blocked_by == (77,)


def test_a_lost_marker_is_found_by_the_title_and_restored():
    repo = Repository()
    repo.bring_in(plan(A, B))
    for number in repo.issues:
        repo.edit(number, plan="", id="", digest="")
    made = repo.bring_in(plan(A, B))
    assert not made.create and len(made.update) == 2
    assert repo.bring_in(plan(A, B)).nothing
    repo.edit(1, plan="", id="", digest="", body="Mine", title=" BEFORE ")
    made = repo.bring_in(plan(A, B))
    assert made.nothing and told(made) == [("edited-by-people", "b")]


def test_other_plans_and_tasks_that_are_gone():
    repo = Repository()
    repo.bring_in(plan(A, B))
    assert told(repo.bring_in(plan(B))) == [("not-in-plan", "a")]
    other = TaskPlan(plan="other", tasks=(B,))
    assert [each.task.id for each in repo.bring_in(other).create] == ["b"]
    assert repo.bring_in(plan(A, B)).nothing and repo.bring_in(other).nothing


@SOME
@given(PLANS, PLANS, st.data())
def test_applied_and_looked_at_again_there_is_nothing(first, second, data):
    repo = Repository()
    for each in (first, first, second, second, first):
        before = dict(repo.issues)
        made = repo.bring_in(each)
        assert repo.bring_in(each).nothing
        if before == repo.issues:
            assert made.nothing
        done = set()
        for create in made.create:
            assert not {name for name in create.task.depends_on if name not in done} & {c.task.id for c in made.create}
            done.add(create.task.id)
        if repo.issues and data.draw(st.booleans()):
            number = data.draw(st.sampled_from(sorted(repo.issues)))
            repo.edit(
                number,
                **data.draw(
                    st.sampled_from([{"body": "x"}, {"title": "x"}, {"closed": "completed"}, {"plan": "", "id": ""}])
                ),
            )
    numbers = [(issue.plan, issue.id) for issue in repo.issues.values() if issue.id]
    assert len(numbers) == len(set(numbers)) or any(not issue.plan for issue in repo.issues.values())


@SOME
@given(PLANS)
def test_blockers_come_first(made):
    order = blockers_first(made.tasks)
    assert sorted(order) == sorted(task.id for task in made.tasks)
    for task in made.tasks:
        assert all(order.index(name) < order.index(task.id) for name in task.depends_on)


@pytest.mark.parametrize("text", ["_No response_", "    _No response_", "\t_No response_\nmore"])
def test_an_answer_that_looks_like_none_is_read_back(text):
    task = PlannedTask(id="T1", title="greet", verification=text)
    assert read_form(body_of(task), lanes=[]).verification == text


@SOME
@given(PLANS)
def test_the_issue_is_read_back_as_the_task(made):
    for task in made.tasks:
        body = body_of(task)
        form = read_form(body, lanes=["implementation", "a-1"])
        assert form.faults == ()
        assert (form.goal, form.verification) == (task.goal, task.verification)
        assert [box.text for box in form.acceptance] == list(task.acceptance)
        assert tuple(at for at, box in enumerate(form.acceptance) if box.ticked) == task.ticked
        assert (form.paths, form.lane, form.priority, form.spec) == (task.paths, task.lane, task.priority, task.spec)
        assert form.depends_on == ()
        assert digest(task.title, body) == digest(task.title, body.replace("\n", "\r\n") + "\n")


def test_an_issue_mentions_nobody_and_refers_to_nothing():
    text = "Ask @ann, see #12 and GH-3.\n\n## Lane\n\nDepends on #9\n\n<b>x</b> `<c>`"
    body = body_of(PlannedTask(id="a", title="b", goal=text, acceptance=("@bob #4",), verification="@cy"))
    assert "```" not in body
    for call in ("@ann", "#12", "GH-3", "#9", "@bob", "#4", "@cy", "<b>"):
        assert call not in body
    form = read_form(body)
    assert (form.goal, form.lane, form.depends_on) == (text, "", ())


@pytest.mark.parametrize(
    "text", ["<!-- x\n# Lane\n\nq", "```\n### Lane\n\nq", "<pre>\n### Lane\n\nq", "    a\n\x0c\n### Lane\nq"]
)
def test_an_answer_breaks_out_of_nothing(text):
    form = read_form(body_of(PlannedTask(id="a", title="b", goal=text, verification="v", spec="s.md")))
    assert (form.lane, form.spec, form.verification, form.faults) == ("", "s.md", "v", ())
