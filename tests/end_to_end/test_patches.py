"""A person pastes what a model wrote into a comment, and writes ``/apply``."""

import re

import pytest

from tests.end_to_end.act import BOT, NAME

FILES = {
    ".github/graftsman.yml": "version: 1\n",
    "src/greet.ts": "export function greet(name: string) {\n  return `Hello ${name}`;\n}\n\nexport const loud = false;\n",
    "README.md": "# Greeter\n\nSays hello.\n",
}
DIFF = """\
--- a/src/greet.ts
+++ b/src/greet.ts
@@ -10,3 +10,3 @@
 export function greet(name: string) {
-  return `Hello ${name}`;
+  return `Good morning, ${name}`;
 }
"""


def fenced(text, info="diff"):
    return f"```{info}\n{text}```\n"


def says(text, command="/apply"):
    """A comment as a web form sends it: CRLF line ends."""
    return f"The model suggests:\n\n{fenced(text)}\n{command}\n".replace("\n", "\r\n")


@pytest.fixture
async def act(stage):
    """A repository with a pull request of a person's own."""
    act = await stage({path: text.encode() for path, text in FILES.items()})
    await act.ben.create_branch(NAME, "topic")
    await act.commits({"notes.md": "mine\n"}, "topic", who="ben")
    act.pr = await act.ben.open_pull(NAME, "topic", "Greet better", "Please look.")
    act.later(20)
    await act.settle()
    return act


async def comments(act, body, who="ben", number=None):
    comment = await getattr(act, who).comment(NAME, number or act.pr.number, body)
    act.later(20)
    await act.settle()
    return comment


def status(act, issue=None):
    (one,) = act.said(issue or act.pr.issue, "status")
    return one.body


def reactions(comment):
    return sorted(one.content for one in comment.reactions if one.user.login == BOT)


async def test_a_models_diff_becomes_a_commit_a_check_and_a_status_comment(act):
    before = act.repository.branch("topic")
    comment = await comments(act, says(DIFF))
    head = act.repository.branch("topic")
    commit = await act.commit(head)
    assert commit.parents == (before,)
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert await act.file("notes.md", "topic") == b"mine\n"
    found = dict(re.findall(r"^(Graftsman-\w+): (.+)$", commit.message, re.MULTILINE))
    assert re.fullmatch(r"batch sha256:[0-9a-f]{64}", found["Graftsman-Source"])
    assert found["Graftsman-Base"] == before and found["Graftsman-Issue"] == f"#{act.pr.number}"
    check = act.check(act.pr, "graftsman/patch")
    assert (check.conclusion, check.title) == ("success", "Applied: 1 operation in 1 file")
    assert reactions(comment) == ["eyes", "rocket"]
    assert "applied as" in status(act) and "+1 −1" in status(act)


async def test_a_bad_one_is_refused_with_what_mends_it_and_the_mended_one_lands(act):
    before = act.repository.branch("topic")
    comment = await comments(act, says(DIFF.replace("Hello", "Hallo")))
    assert act.repository.branch("topic") == before
    assert reactions(comment) == ["confused", "eyes"]
    said = status(act)
    assert "**refused** (`hunk-not-found`)" in said and "**Next:**" in said
    assert "line 2" in said  # the nearest text, with its line
    check = act.check(act.pr, "graftsman/patch")
    assert check.conclusion == "neutral"
    (annotation,) = check.annotations
    assert (annotation["path"], annotation["start_line"]) == ("src/greet.ts", 2)
    assert f"(#issuecomment-{comment.id})" in said

    await comments(act, says(DIFF))
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert "applied as" in status(act)
    assert "Why" not in status(act)


async def test_on_an_issue_it_opens_a_pull_request_which_delivers_when_it_is_merged(act):
    issue = await act.ada.open_issue(NAME, "Greet in the morning", "We should.")
    act.later(20)
    comment = await comments(act, says(DIFF), who="ada", number=issue.number)
    assert reactions(comment) == ["eyes", "rocket"]
    pull = next(one for one in act.pulls if one.head_ref.startswith(f"graftsman/patch/{issue.number}-"))
    assert pull.issue.title == "Greet in the morning"
    assert f"for #{issue.number}" in pull.issue.body
    assert f"opened as #{pull.number}" in status(act, issue)
    assert act.check(pull, "graftsman/patch").conclusion == "success"
    await act.does(act.ben.merge(NAME, pull.number))
    assert b"Good morning" in await act.file("src/greet.ts")
    (report,) = act.said(pull.issue, "delivery")
    assert "1 patch delivered" in report.body
    types = [event.type for event in await act.events()]
    assert types[:5] == [
        "PATCH_RECEIVED",
        "PROCESSING_STARTED",
        "VALIDATION_STARTED",
        "VALIDATION_PASSED",
        "PATCH_VALIDATED",
    ]
    assert types[5:] == ["PATCH_APPLIED", "PROCESSING_COMPLETED", "PATCH_DELIVERED"]


async def test_a_rollback_undoes_the_patch_and_leaves_later_work(act):
    await comments(act, says(DIFF))
    await act.commits({"src/greet.ts": (await act.file("src/greet.ts", "topic")) + b"// later\n"}, "topic", who="ben")
    act.later(20)
    comment = await comments(act, "/rollback")
    assert reactions(comment) == ["eyes", "rocket"]
    assert await act.file("src/greet.ts", "topic") == FILES["src/greet.ts"].encode() + b"// later\n"
    assert "took back" in status(act) and "**taken back since**" in status(act)
    # There is nothing left to take back.
    await comments(act, "/rollback")
    assert "rollback-not-found" in status(act)


async def test_a_rollback_says_which_lines_collide(act):
    await comments(act, says(DIFF))
    later = (await act.file("src/greet.ts", "topic")).replace(b"Good morning", b"Good evening")
    await act.commits({"src/greet.ts": later}, "topic", who="ben")
    act.later(20)
    before = act.repository.branch("topic")
    await comments(act, "/rollback")
    assert act.repository.branch("topic") == before
    assert "replay-collides" in status(act)
    assert "Good morning" in status(act) and "Good evening" in status(act)


async def test_a_merged_patch_is_taken_back_by_a_pull_request(act):
    await comments(act, says(DIFF))
    await act.does(act.ada.merge(NAME, act.pr.number, "squash"))
    await comments(act, "/rollback")
    pull = next(one for one in act.pulls if one.head_ref.startswith("graftsman/rollback/patch-"))
    assert f"opened as #{pull.number}" in status(act)
    await act.does(act.ben.merge(NAME, pull.number))
    assert await act.file("src/greet.ts") == FILES["src/greet.ts"].encode()
    assert await act.file("notes.md") == b"mine\n"


async def test_a_push_after_the_comment_is_replayed_onto_and_the_answer_says_so(act):
    await act.stop()
    comment = await act.ben.comment(NAME, act.pr.number, says(DIFF))
    act.later(20)
    await act.commits({"README.md": "# Greeter\n\nSays good morning.\n"}, "topic", who="ben")
    act.later(20)
    await act.start()
    await act.settle()
    assert reactions(comment) == ["eyes", "rocket"]
    assert "replayed from" in status(act)
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert b"good morning" in await act.file("README.md", "topic")


async def test_a_push_to_the_same_lines_is_refused_with_both_versions(act):
    await act.stop()
    await act.ben.comment(NAME, act.pr.number, says(DIFF))
    act.later(20)
    await act.commits({"src/greet.ts": FILES["src/greet.ts"].replace("Hello", "Ahoy")}, "topic", who="ben")
    act.later(20)
    await act.start()
    await act.settle()
    assert "replay-collides" in status(act) and "Ahoy" in status(act) and "Hello" in status(act)


async def test_a_push_shortly_before_leaves_no_doubt_where_both_heads_give_the_same(act):
    await act.commits({"other.md": "x\n"}, "topic", who="ben")
    act.later(3)
    comment = await comments(act, says(DIFF))
    assert reactions(comment) == ["eyes", "rocket"]


async def test_a_push_shortly_before_asks_again_where_it_matters_and_the_oid_answers(act):
    await act.commits({"src/greet.ts": "// on top\n" + FILES["src/greet.ts"]}, "topic", who="ben")
    head = act.repository.branch("topic")
    act.later(3)
    batch = '{"version": 1, "operations": [{"op": "insert-before", "path": "src/greet.ts", "at": {"line": 2}, "text": "// x"}]}\n'
    comment = await comments(act, says(batch).replace("```diff", "```json"))
    assert reactions(comment) == ["confused", "eyes"]
    assert "head-unclear" in status(act)
    comment = await comments(act, says(batch, f"/apply @{head[:12]}").replace("```diff", "```json"))
    assert reactions(comment) == ["eyes", "rocket"]
    assert (await act.file("src/greet.ts", "topic")).startswith(b"// on top\n// x\nexport")


async def test_who_may_not_write_gets_a_thumbs_down_and_one_line(act):
    comment = await comments(act, says(DIFF), who="rex")
    assert reactions(comment) == ["-1", "eyes"]
    assert "not allowed" in status(act)


async def test_an_edited_comment_runs_only_what_is_new(act):
    comment = await comments(act, says(DIFF))
    head = act.repository.branch("topic")
    await act.ben.edit_comment(NAME, comment.id, says(DIFF) + "\nThanks!\n")
    act.later(20)
    await act.settle()
    assert act.repository.branch("topic") == head
    again = DIFF.replace("Good morning,", "Good night,").replace("Hello", "Good morning,")
    await act.ben.edit_comment(NAME, comment.id, says(again))
    act.later(20)
    await act.settle()
    assert b"Good night" in await act.file("src/greet.ts", "topic")


async def test_every_webhook_twice_and_a_lost_database_change_nothing(act):
    await comments(act, says(DIFF))
    await comments(act, says(DIFF.replace("Hello", "Hallo")))
    before = act.repository.branch("topic")
    counted = [len(list(each)) for each in (act.repository.comments, act.repository.checks, act.repository.pulls)]
    await act.delivered_again()
    assert act.repository.branch("topic") == before
    await act.restart(forget=True)
    assert act.repository.branch("topic") == before
    assert counted == [
        len(list(each)) for each in (act.repository.comments, act.repository.checks, act.repository.pulls)
    ]


async def test_a_comment_whose_webhook_is_lost_is_found_by_the_sweep(act):
    act.playground.set_webhook(act.app.app_id, None)
    comment = await act.ben.comment(NAME, act.pr.number, says(DIFF))
    act.later(20)
    await act.playground.settled()
    assert b"Hello" in await act.file("src/greet.ts", "topic")
    await act.restart()
    assert reactions(comment) == ["eyes", "rocket"]
    assert b"Good morning" in await act.file("src/greet.ts", "topic")


async def test_a_protected_path_and_what_the_settings_add(stage):
    settings = "version: 1\npatches: {protected: ['infra/**']}\n"
    act = await stage({**{p: t.encode() for p, t in FILES.items()}, ".github/graftsman.yml": settings.encode()})
    issue = await act.ada.open_issue(NAME, "x", "y")
    act.later(20)
    batch = (
        '{"version": 1, "operations": ['
        '{"op": "create", "path": ".github/workflows/x.yml", "content": "a"},'
        '{"op": "create", "path": "Infra/y.tf", "content": "a"}]}\n'
    )
    await comments(act, says(batch).replace("```diff", "```json"), who="ada", number=issue.number)
    said = status(act, issue)
    assert not act.repository.checks  # none of it belongs on the default branch
    assert said.count("protected-path") >= 2 and ".github/workflows/**" in said and "infra/**" in said
