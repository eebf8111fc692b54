"""What dialogues about tasks share: opening one, and where to look for what became of it."""

from tests.end_to_end.act import NAME


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
