"""Open pull requests that will collide: who is told, where, and when it is taken away again."""

from contextlib import asynccontextmanager

import pytest

from bot.cli.github import open_app
from bot.composition import _context
from bot.config import server_settings
from bot.runs.store import Store
from bot.workflows.forecast import read
from bot.workflows.forecast.read import read_forecast
from bot.workflows.forecast.tell import tell_pulls
from bot.workflows.forecast.text import forecast_text
from bot.workflows.scene import repository_scene
from tests.end_to_end.act import NAME

TEXT = "".join(f"line {number}\n" for number in range(1, 31))
FILES = {".github/graftsman.yml": "version: 1\n", "src/a.txt": TEXT, "src/b.txt": TEXT}


def changed(*lines, text="x", of=TEXT):
    for line in lines:
        of = of.replace(f"line {line}\n", f"{text} {line}\n")
    return of


def batch(*lines, path="src/a.txt", text="x"):
    operations = ",".join(
        f'{{"op": "replace-block", "path": "{path}", "at": {{"lines": [{n}, {n}]}}, "text": "{text} {n}\\n"}}'
        for n in lines
    )
    return f'/apply\n\n```json\n{{"version": 1, "operations": [{operations}]}}\n```\n'


@asynccontextmanager
async def world(act):
    """The forecast as the bot itself would make it, beside the one that runs."""
    settings = server_settings(
        app_id=act.app.app_id, client_id=act.app.client_id, private_key=act.app.private_key_pem,
        webhook_secret=act.app.webhook_secret, api_url=act.playground.api_url, graphql_url=act.playground.graphql_url,
        web_url=act.playground.url, git_url=act.playground.url, data_dir=act.home / "data", port=0, pace=act.scale,
    )  # fmt: skip
    store = await Store.open(settings.data_dir / "graftsman.sqlite")
    async with open_app(settings) as app:
        context = await _context(settings, store, app)
        github = context.github(act.installation.id, NAME)
        async with repository_scene(context, github) as scene:
            yield scene, await github.pulls(state="open")
    await store.close()


async def forecast(act, depends=None):
    """Makes the forecast, tells it, and gives it."""
    async with world(act) as (scene, pulls):
        found = await read_forecast(scene, pulls, depends or {})
        await tell_pulls(scene, found)
    act.later()
    await act.settle()
    return found


@pytest.fixture
async def act(stage):
    return await stage({path: text.encode() for path, text in FILES.items()})


async def ours(act, *lines, **more):
    """An issue, and a pull request of the bot's own that changes these lines."""
    issue = await act.ben.open_issue(NAME, "A change")
    act.later(20)
    await act.does(act.ben.comment(NAME, issue.number, batch(*lines, **more)))
    return act.pulls[-1]


async def theirs(act, files, branch="topic", who="ben", draft=False):
    await act.commits(files, branch, who=who)
    act.later(20)
    pull = await getattr(act, who).open_pull(NAME, branch, "Theirs @ada <b>", "Please look.", draft=draft)
    await act.settle()
    return pull


def told(act, pull):
    """The part of the status comment about the forecast."""
    comments = [one.body for one in act.said(pull.issue, "status")]
    parts = [body.partition("### Merge forecast")[2] for body in comments if "### Merge forecast" in body]
    return parts[0] if parts else ""


async def test_the_one_that_goes_second_is_told_with_number_path_and_line(act):
    first, second = await ours(act, 3, 20), await ours(act, 3, 20, 28, text="y")
    apart = await ours(act, 10, path="src/b.txt")
    found = await forecast(act)
    assert [step.key for step in found.order.steps] == [first.number, second.number, apart.number]
    assert [(each.one, each.other, each.places) for each in found.collisions] == [(first.number, second.number, 2)]
    said = told(act, second)
    assert f"#{first.number}" in said and "`src/a.txt` from lines 3, 20" in said and "**Next:**" in said
    assert told(act, first) == told(act, apart) == ""


async def test_an_unchanged_world_costs_nothing_and_a_mended_one_is_told_no_more(act):
    first, second = await ours(act, 3), await ours(act, 3, text="y")
    await forecast(act)
    assert told(act, second)
    with act.counting() as counted:
        before = len(act.said(second.issue, "status"))
        await forecast(act)
    assert counted.writes == [] and len(act.said(second.issue, "status")) == before
    assert not any("/comments" in path for path in counted.reads)
    await act.does(act.ben.merge(NAME, first.number))
    await forecast(act)
    assert told(act, second) == ""


async def test_the_collisions_are_computed_once_for_the_same_heads(act, monkeypatch):
    await ours(act, 3)
    await ours(act, 3, text="y")
    one = await forecast(act)
    monkeypatch.setattr(read, "bring", None)  # were it called, it would fail
    two = await forecast(act)
    assert (one.collisions, one.order) == (two.collisions, two.order)
    monkeypatch.undo()
    await act.commits({"README.md": "on\n"})
    await act.settle()
    assert (await forecast(act)).tip != one.tip


async def test_people_are_not_told_and_go_where_they_are_ready(act):
    """Theirs is compared, drafts and forks too; what is told stands on Graftsman's own alone."""
    mine = await theirs(act, {"src/a.txt": changed(3, text="z")})
    own = await ours(act, 3)
    draft = await theirs(act, {"src/a.txt": changed(3, text="w")}, "wip", draft=True)
    found = await forecast(act)
    assert [step.key for step in found.order.steps] == [mine.number, own.number, draft.number]
    assert "Theirs" in told(act, own) and "@ada" not in told(act, own) and "<b>" not in told(act, own)
    assert told(act, mine) == told(act, draft) == ""
    assert act.said(draft.issue, "status") == []


async def test_a_fork_is_fetched_and_compared(act):
    act.playground.create_user("zoe", "Zoe")
    zoe = act.playground.as_user("zoe")
    fork = await act.playground.create_fork(NAME, "zoe")
    act.playground.set_permission(fork.full_name, "zoe", "admin")
    await zoe.push_files(fork.full_name, "work", {"src/a.txt": changed(3, text="z").encode()})
    outside = await zoe.open_pull(NAME, "zoe:work", "From outside")
    act.later(20)
    await act.settle()
    own = await ours(act, 3)
    found = await forecast(act)
    assert [(each.one, each.other) for each in found.collisions] == [(outside.number, own.number)]
    assert f"#{outside.number}" in told(act, own)


async def test_what_a_pull_request_depends_on_goes_first(act):
    first, second = await ours(act, 3), await ours(act, 3, text="y")
    found = await forecast(act, {first.number: [second.number]})
    assert [step.key for step in found.order.steps] == [second.number, first.number]
    assert "this one depends on it" in told(act, first) and told(act, second) == ""


async def test_one_that_collides_with_the_base_is_shown_and_goes_last(act):
    late = await theirs(act, {"src/a.txt": changed(5, text="late")})
    await act.commits({"src/a.txt": changed(5, text="base")})
    await act.settle()
    own = await ours(act, 20)
    found = await forecast(act)
    assert found.behind == {late.number: ("src/a.txt",)}
    assert [step.key for step in found.order.steps] == [own.number, late.number]
    text = forecast_text(found)
    assert f"#{late.number}" in text and "collides with `main` itself by now (`src/a.txt`)" in text
    assert "touched by both" in text and told(act, own) == ""


async def test_one_that_is_itself_closed_is_told_no_more(act):
    _, second = await ours(act, 3), await ours(act, 3, text="y")
    await forecast(act)
    assert told(act, second)
    await act.does(act.ben.close(NAME, second.number))
    await forecast(act)
    assert told(act, second) == ""


async def test_a_closed_one_is_told_no_more_and_another_base_does_not_matter(act):
    first, second = await ours(act, 3), await ours(act, 3, text="y")
    await forecast(act)
    assert told(act, second)
    await act.does(act.ben.close(NAME, first.number))
    await forecast(act)
    assert told(act, second) == ""
    await act.ben.create_branch(NAME, "other")
    await act.commits({"src/a.txt": changed(3, text="o")}, "elsewhere", who="ben")
    await act.ben.open_pull(NAME, "elsewhere", "Elsewhere", base="other")
    await act.settle()
    assert list((await forecast(act)).pulls) == [second.number]


async def test_the_dashboard_shows_pairs_order_and_picture(act):
    first, second = await ours(act, 3), await ours(act, 3, text="y")
    free = await theirs(act, {"src/new.txt": "new\n"})
    text = forecast_text(await forecast(act))
    assert "1 pair collides" in text and "1 has to be mended by hand; no order needs fewer" in text
    assert f"| #{first.number} and #{second.number} | 1 | `src/a.txt` from line 3 |" in text
    assert f"p{first.number} --> p{second.number}" in text
    assert f"2. #{second.number}" in text or f"3. #{second.number}" in text
    assert f"#{free.number} Theirs" in text and "collides with nothing" in text
    assert "@ada" not in text and "<b>" not in text
