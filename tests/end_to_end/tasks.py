"""What dialogues about tasks share: opening one, and where to look for what became of it."""

from tests.end_to_end.act import NAME
from tests.end_to_end.files import SETTINGS

NO_DASHBOARD = "version: 1\ntasks: {dashboard: false}\n"
LANES = """\
version: 1
tasks:
  dashboard: false
  lanes:
    design: {people: [ada], priority: 5}
    build: {people: [ben, tess]}
"""


def repository(settings=NO_DASHBOARD, **more):
    """A repository with these settings, and a little source."""
    text = {"src/a.py": "a = 1\n", "src/b.py": "b = 1\n", "docs/x.md": "x\n", SETTINGS: settings, **more}
    return {path: content.encode() for path, content in text.items()}


def form(goal="", acceptance=(), paths=(), lane="", priority="", depends="", spec="", verification="", more=""):
    """An issue's text as the form makes it."""
    answers = {
        "Goal": goal,
        "Acceptance": "\n".join(f"- [ ] {text}" for text in acceptance),
        "Paths": "\n".join(paths),
        "Lane": lane,
        "Priority": priority,
        "Depends on": depends,
        "Spec": spec,
        "Verification": verification,
    }
    return "\n\n".join(f"### {label}\n\n{text or '_No response_'}" for label, text in answers.items()) + more


async def opens_task(act, title, *, author="ada", labeller="ada", **answers):
    """Somebody opens an issue and somebody labels it a task; the bot answers."""
    one = await getattr(act, author).open_issue(NAME, title, form(**answers))
    act.later()
    await getattr(act, labeller).label(NAME, one.number, "task")
    act.later()
    await act.settle()
    return one


async def says(act, one, text, who="ben"):
    """Somebody comments on an issue or pull request, long enough after every push; the bot answers."""
    act.later(20)
    comment = await getattr(act, who).comment(NAME, one.number, text)
    act.later(20)
    await act.settle()
    return comment


async def writes(act, one, who="ada", **answers):
    """Somebody writes the issue's form anew."""
    act.later()
    await act.does(getattr(act, who).edit_issue(NAME, one.number, body=form(**answers)))


async def works(act, one, content, who="ben"):
    """Somebody pushes to the branch of a task."""
    act.later(20)
    await act.commits(content, task_pull(act, one).head_ref, who=who)
    act.later(20)
    await act.settle()


async def merges(act, one, who="ben"):
    """Somebody says that a task's pull request is ready, and merges it."""
    number = task_pull(act, one).number
    if task_pull(act, one).draft:
        await act.does(getattr(act, who).ready(NAME, number))
    await act.does(getattr(act, who).merge(NAME, number))


def state(act, one):
    """The one state that the labels tell."""
    (found,) = [name for name in labels(issue(act, one)) if name.startswith("status/")]
    return found.removeprefix("status/")


def begun(act, one):
    """Whether a task has a pull request."""
    return task_pull(act, one) is not None


def silent(act, one):
    """Whether the bot has said nothing on an issue."""
    return not act.said(one, "status")


async def entered(act, one):
    """The states that a task went through, as the ledger tells."""
    subject = f"task:{one.number}"
    events = [event for event in await act.events() if event.subject == subject and event.type == "TASK_ENTERED"]
    return [event.details["state"] for event in events]


def issue(act, one):
    """The issue as it is now."""
    return act.repository.issue(one.number)


def labels(one):
    return {label.name for label in one.labels}


def task_pulls(act, one):
    start = f"graftsman/task/{one.number}-"
    return [pull for pull in act.pulls if pull.head_ref.startswith(start)]


def task_pull(act, one):
    """The newest pull request of a task, ``None`` where there is none."""
    return max(task_pulls(act, one), key=lambda pull: pull.number, default=None)


def status(act, one):
    """The text of the one status comment."""
    (said,) = act.said(one, "status")
    return said.body
