"""Work on a task: patches by comment and by API, people's pushes, the base that moves under it, its report."""

import re

from tests.end_to_end.act import NAME
from tests.end_to_end.tasks import (
    entered,
    form,
    issue,
    labels,
    merges,
    opens_task,
    repository,
    says,
    state,
    status,
    task_pull,
    works,
)
from tests.end_to_end.test_patch_api import TOKENS, asks

LINES = "".join(f"line {number}\n" for number in range(1, 13))
APPEND = '```json\n{"version": 1, "operations": [{"op": "append", "path": "docs/x.md", "text": "More.\\n"}]}\n```\n'


async def test_a_patch_on_the_issue_lands_on_the_tasks_branch_and_its_report_names_it(stage, tmp_path):
    (tmp_path / "tokens.yml").write_text(TOKENS)
    act = await stage(repository(**{"docs/y.md": "y\n"}), api_tokens_file=tmp_path / "tokens.yml")
    blocker = await opens_task(act, "Blocker")
    task = await opens_task(act, "Patched", depends=f"#{blocker.number}", acceptance=["Longer"])
    await says(act, task, f"/apply\n\n{APPEND}")
    assert "`task-not-begun`" in status(act, task)
    await act.does(act.ada.close(NAME, blocker.number))
    await says(act, task, f"/apply\n\n{APPEND}")
    pull = task_pull(act, task)
    assert await act.file("docs/x.md", pull.head_ref) == b"x\nMore.\n"
    assert "applied as" in status(act, task)
    await says(act, pull, f"/apply\n\n{APPEND.replace('docs/x.md', 'docs/y.md')}")
    assert await act.file("docs/y.md", pull.head_ref) == b"y\nMore.\n"
    # Taken back on the pull request, whatever it had been ordered on.
    first = (await act.commit(pull.head_sha)).parents[0]
    await says(act, pull, f"/rollback {first[:12]}")
    assert await act.file("docs/x.md", pull.head_ref) == b"x\n"

    # How it stands, in the middle of it; of rights this asks for none but to read.
    await says(act, task, "/status", who="rex")
    assert f"task #{task.number} is in progress, pull request #{pull.number} is open" in status(act, task)
    await says(act, pull, "/report", who="rex")
    said = act.said(pull.issue, "status")[0].body
    assert f"Task #{task.number} so far: in progress" in said and "| Not ticked | Longer |" in said
    assert "| Patches | 1: `" in said
    await says(act, task, "/report", who="rex")
    assert "| in progress | " in status(act, task) and "| blocked | " in status(act, task)

    await merges(act, task)
    said = status(act, task)
    (batch,) = re.findall(r"\| Patches \| 1: `([0-9a-f]{12})` \|", said.partition("### Orders")[0])
    assert "| Not ticked | Longer |" in said and "`graftsman/patch` success" in said
    assert all(f"| {one} | " in said for one in ("blocked", "in progress", "in review"))
    code, told = await asks(act, f"/api/delivery-reports?repository={NAME}", "GET")
    (report,) = [one for one in told["reports"] if one["pull"] == pull.number]
    assert (code, report["outcome"], report["batches"][0][:12]) == (200, "merged", batch)
    kept = {"issue": task.number, "state": "done", "started_by": "ada", "unticked": ["Longer"]}
    assert kept.items() <= report["task"].items()
    assert await entered(act, task) == ["blocked", "in-progress", "in-review", "done"]


async def test_a_program_lands_a_patch_on_a_task(stage, tmp_path):
    (tmp_path / "tokens.yml").write_text(TOKENS)
    act = await stage(repository(), api_tokens_file=tmp_path / "tokens.yml")
    task = await opens_task(act, "By a program")
    pull = task_pull(act, task)
    # By its branch, or by its issue alone.
    for path, where in (("made.txt", {"branch": pull.head_ref}), ("twice.txt", {"branch": "", "issue": task.number})):
        batch = {"version": 1, "operations": [{"op": "create", "path": path, "content": "made\n"}]}
        code, answer = await asks(act, batch=batch, **where)
        assert (code, answer["status"]) == (200, "applied"), answer
        await act.settle()
        assert await act.file(path, pull.head_ref) == b"made\n"
    assert [one.number for one in act.pulls] == [pull.number]


async def test_the_base_moves_under_a_task_and_its_branch_follows(stage):
    act = await stage(repository(**{"src/long.txt": LINES}))
    task = await opens_task(act, "Replayed")
    empty = await opens_task(act, "Not begun by anybody")
    pull, other = task_pull(act, task), task_pull(act, empty)
    await says(act, task, f"/apply\n\n{APPEND}")
    await works(act, task, {"src/long.txt": LINES.replace("line 10\n", "ten\n")})
    old = await act.commit(pull.head_sha)
    before = other.head_sha

    # What the branch does not touch leaves it alone.
    act.later(20)
    await act.does(act.commits({"src/a.py": "a = 9\n"}))
    assert (pull.head_sha, other.head_sha) == (old.oid, before)
    act.later(20)
    await act.does(act.commits({"src/long.txt": LINES.replace("line 2\n", "two\n")}))
    new = await act.commit(pull.head_sha)
    main = act.repository.branch("main")
    assert new.oid != old.oid and new.author == old.author and other.head_sha == before
    text = (await act.file("src/long.txt", pull.head_ref)).decode()
    assert "two\n" in text and "ten\n" in text and await act.file("docs/x.md", pull.head_ref) == b"x\nMore.\n"
    patch = await act.commit(new.parents[0])
    start = await act.commit(patch.parents[0])
    assert (start.parents, start.tree) == ((main,), (await act.commit(main)).tree)
    trailers = dict(re.findall(r"^(Graftsman-[\w-]+): (.+)$", start.message, re.MULTILINE))
    assert trailers["Graftsman-Source"] == f"task#{task.number}" and trailers["Graftsman-Base"] == main
    assert trailers["Graftsman-Issue"] == f"#{task.number}" and "Graftsman-Replayed-From" in trailers
    assert patch.oid[:12] in status(act, task)
    with act.counting() as counted:
        await act.delivered_again()
    assert counted.pushes == []

    # A collision is told on the pull request, and solved by a choice.
    act.later(20)
    await act.does(act.commits({"src/long.txt": LINES.replace("line 10\n", "TEN\n")}))
    assert pull.head_sha == new.oid
    said = act.said(pull.issue, "status")[0].body
    assert "TEN" in said and "`/replay theirs`" in said
    await says(act, pull, "/replay theirs", who="ada")
    assert b"ten\n" in await act.file("src/long.txt", pull.head_ref)
    assert state(act, task) == "in-progress"
    await says(act, pull, "/rollback")
    assert await act.file("docs/x.md", pull.head_ref) == b"x\n"


async def test_a_push_that_a_rule_refuses_is_said_and_tried_again_and_stops_no_other(stage):
    act = await stage(repository("version: 1\ntasks: {dashboard: false, autopilot: false}\n"))
    tasks = [await opens_task(act, title) for title in ("Forbidden", "Allowed")]
    act.playground.faults.reject_refs("refs/heads/graftsman/task/*-forbidden")
    await act.does(act.commits({".github/graftsman.yml": "version: 1\ntasks: {dashboard: false}\n"}))
    refused, allowed = tasks
    assert task_pull(act, allowed) is not None
    assert task_pull(act, refused) is None and state(act, refused) == "blocked"
    assert "GitHub did not take its branch" in status(act, refused)
    await says(act, refused, "/retry")
    assert "GitHub did not take its branch" in status(act, refused)
    act.playground.faults.clear()
    await says(act, refused, "/retry")
    assert state(act, refused) == "in-progress" and "did not take" not in status(act, refused)


async def test_cancel_gives_a_task_up(stage):
    act = await stage(repository())
    task = await opens_task(act, "Given up")
    await works(act, task, {"src/a.py": "a = 2\n"})
    pull = task_pull(act, task)
    await says(act, task, "/cancel", who="tess")
    assert issue(act, task).state == "open"
    await says(act, task, "/cancel")
    one = issue(act, task)
    assert (one.state, one.state_reason, pull.issue.state) == ("closed", "not_planned", "closed")
    assert state(act, task) == "deprecated" and act.repository.branch(pull.head_ref) is not None
    await act.does(act.ada.reopen(NAME, task.number))
    assert state(act, task) == "ready" and "say `/retry`" in status(act, task)
    await says(act, task, "/retry")
    assert state(act, task) == "in-progress" and await act.file("src/a.py", task_pull(act, task).head_ref) == b"a = 2\n"


async def test_a_review_that_asks_for_changes_becomes_a_task_that_waits_for_a_word(stage):
    act = await stage(repository())
    task = await opens_task(act, "Reviewed")
    await works(act, task, {"src/a.py": "a = 2\n"})
    pull = task_pull(act, task)
    await act.does(act.ben.ready(NAME, pull.number))
    await act.does(act.ada.review(NAME, pull.number, "REQUEST_CHANGES", "Say why, @tess.\n\n### Paths\n\nsrc/**\n"))
    follow = max(act.repository.issues.values(), key=lambda one: one.number)
    assert follow.title.endswith(f"{pull.number}: Reviewed") and follow.title.startswith("Changes requested on")
    # It works on the paths of the pull request itself, and nobody who may has asked for it.
    assert labels(follow) == {"graftsman", "task", "status/ready"}
    assert task_pull(act, follow) is None and "works on the same paths" in status(act, follow)
    await act.does(act.ben.label(NAME, pull.number, "graftsman/hold"), act.ben.close(NAME, task.number))
    assert task_pull(act, follow) is None
    await act.does(act.ada.reopen(NAME, task.number))
    await says(act, task, "/report", who="rex")
    assert f"| To follow up | #{follow.number} |" in status(act, task)
    await says(act, follow, "/start", who="ben")
    body = task_pull(act, follow).issue.body
    assert "Say why" in body and "| Paths | `src/a.py` |" in body
    await act.does(act.ada.review(NAME, pull.number, "APPROVE"))
    assert (follow.state, state(act, follow)) == ("closed", "done")
    assert task_pull(act, follow).issue.state == "closed"  # nobody had worked on it


async def test_a_text_of_any_length_stays_within_githubs_limits(stage):
    act = await stage(repository())
    items = [f"item {number} " + "#1 @x <b> " * 80 for number in range(60)]
    one = await act.ada.open_issue(NAME, "Long", form(goal="g " * 10_000, acceptance=items[:40]))
    act.later()
    await act.does(act.ada.label(NAME, one.number, "task"))
    body = task_pull(act, one).issue.body
    assert len(body) < 60_000 and f"the whole is in #{one.number}" in body and f"more in #{one.number}" in body
