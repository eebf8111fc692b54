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
    assert annotation["path"] == "src/greet.ts"

    await comments(act, says(DIFF))
    assert b"Good morning" in await act.file("src/greet.ts", "topic")
    assert "applied as" in status(act)
    assert "Why" not in status(act)
