"""What dialogues about gates share: more people, reviews, commands, specs, and where to look for the answers."""

from datetime import timedelta

from bot.playground.acts import checks
from bot.playground.state import Actor
from tests.end_to_end.act import NAME
from tests.end_to_end.files import SETTINGS, files, today

SPEC = "tasks/specs/0001-src.md"
GUARDED = 'version: 1\nspec: {guarded: ["src/**"]}\n'


def repository(settings=GUARDED, **more):
    """A repository with these settings, a guarded folder ``src`` and one that is not."""
    content = {"src/a.py": "a = 1\n", "src/b.py": "b = 1\n", "docs/x.md": "x\n", **more}
    return {**files(), **{path: text.encode() for path, text in content.items()}, SETTINGS: settings.encode()}


def mini_spec(*, days=0, covers='["src/**"]', title="Source", more="", body="# Source\n"):
    """A mini-spec that was last reviewed so many days ago, with further lines of front matter."""
    day = today() - timedelta(days=days)
    return f'---\nid: "0001"\ntitle: {title}\ncovers: {covers}\nlast_review: {day}\n{more}---\n{body}'


def more_people(act, *people):
    """Adds people (login, role) who can then act by their name."""
    for login, role in people:
        act.playground.create_user(login, login.title())
        act.playground.set_permission(NAME, login, role)
        setattr(act, login, act.playground.as_user(login))


async def opens(act, who, branch, content, *, title="Work", **more):
    """Somebody pushes a branch with these files (text; ``None`` deletes) and opens a pull request of it."""
    await act.commits(content, branch, who=who)
    pull = await getattr(act, who).open_pull(NAME, branch, title, **more)
    act.later()
    await act.settle()
    return pull


async def pushes(act, who, branch, content, **more):
    """Somebody pushes a commit to a branch; the bot answers."""
    data = {path: text if text is None else text.encode() for path, text in content.items()}
    act.later(20)
    oid = await getattr(act, who).push_files(NAME, branch, data, **more)
    act.later(20)
    await act.settle()
    return oid


async def reviews(act, who, pull, event="APPROVE", body="", **more):
    act.later()
    review = await getattr(act, who).review(NAME, pull.number, event, body, **more)
    act.later()
    await act.settle()
    return review


async def says(act, who, pull, text):
    """Somebody comments, long enough after every push; gives what the bot's status comment then says."""
    act.later(20)
    comment = await getattr(act, who).comment(NAME, pull.number, text)
    act.later(20)
    await act.settle()
    return comment


async def reports(act, pull_or_sha, name, conclusion="success"):
    """Another App reports a check."""
    sha = getattr(pull_or_sha, "head_sha", pull_or_sha)
    if not hasattr(act, "ci"):
        made = await act.playground.create_app({"checks": "write", "contents": "read"}, [], name="ci")
        act.playground.install(made, "acme", ["platform"])
        act.ci = act.playground.world.apps[made.app_id]
    body = {"name": name, "head_sha": sha, "status": "completed", "conclusion": conclusion}
    await checks.create_check(act.playground.world, act.repository, Actor(act.ben.user, act.ci), body)
    act.later()
    await act.settle()


def status(act, pull):
    """The text of the one status comment."""
    (one,) = act.said(getattr(pull, "issue", pull), "status")
    return one.body


def newest(act, pull, name):
    """The check run of a name that counts: the newest one on the present head."""
    return max(act.checks(pull, name), key=lambda run: run.id)


def approvals(act, pull):
    return newest(act, pull, "graftsman/approvals")


def guard(act, pull):
    return newest(act, pull, "graftsman/spec-guard")


def all_concluded(act):
    """No check run hangs anywhere."""
    return [one for one in act.repository.checks.values() if one.status != "completed"] == []
