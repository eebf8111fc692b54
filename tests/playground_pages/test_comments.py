"""What becomes of a comment that a form sends, and what others see of it."""

import pytest

from bot.planning.commands import parse

REPO = "acme/platform"
PATCH = """\
Please land this.

/apply @0123456789

```diff
--- a/src/a.txt
+++ b/src/a.txt
@@ -1,2 +1,2 @@
 one
-two
+zwei\t<b> & "c"

```
"""


@pytest.mark.parametrize("kind", ["issues", "pull"])
@pytest.mark.parametrize("sent", ["\n", "\r\n"])
async def test_a_comment_of_many_lines_is_stored_as_a_browser_sends_it(playground, browser, kind, sent):
    ben = playground.as_user("ben")
    if kind == "pull":
        await ben.push_files(REPO, "topic/x", {"src/a.txt": b"one\n2\n"})
        await ben.open_pull(REPO, "topic/x", "Change a")
    else:
        await ben.open_issue(REPO, "Hello")
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/{kind}/1")
    page = await browser.press("Comment", body=PATCH.replace("\n", sent))
    (comment,) = playground.repository(REPO).issue(1).comments
    assert comment.body == PATCH.replace("\n", "\r\n")
    (command,) = parse(comment.body).commands
    assert (command.name, command.head, command.line) == ("apply", "0123456789", 3)
    assert command.blocks[0].text == PATCH.partition("diff\n")[2].removesuffix("```\n")
    assert page.all("code")[-1].text == command.blocks[0].text
    area = page.all("textarea", name=f"body-{comment.id}")[0]
    assert area.text == "\n" + PATCH

    # Saved again as it is: nothing was edited. Changed: it was, and its line ends are the form's.
    await browser.press("Save", **{f"body-{comment.id}": PATCH.replace("\n", sent)})
    assert (comment.edits, comment.body) == ([], PATCH.replace("\n", "\r\n"))
    await browser.press("Save", **{f"body-{comment.id}": PATCH + "\nmore"})
    assert (len(comment.edits), comment.body) == (1, (PATCH + "\nmore").replace("\n", "\r\n"))
    assert parse(comment.body).commands[0].key == command.key


async def test_a_form_changes_no_line_ends_alone(playground, browser):
    ada = playground.as_user("ada")
    issue = await ada.open_issue(REPO, "Hello", "one\ntwo")
    comment = await ada.comment(REPO, 1, "one\ntwo")
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/1")
    await browser.press("Save", title="Better")
    assert (issue.title, issue.body, issue.edits) == ("Better", "one\ntwo", [])
    await browser.press("Save", **{f"body-{comment.id}": "one\r\ntwo"})
    assert (comment.body, comment.edits) == ("one\ntwo", [])


async def test_bodies_of_issues_pull_requests_and_reviews(playground, browser):
    await playground.as_user("ben").push_files(REPO, "topic/x", {"src/a.txt": b"one\n2\n"})
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/new")
    await browser.press("Create", title="t", body="one\ntwo")
    assert playground.repository(REPO).issue(1).body == "one\r\ntwo"
    await browser.open(f"/{REPO}/compare/main...topic/x")
    await browser.press("Create pull request", title="t", body="one\ntwo")
    pull = playground.repository(REPO).pull(2)
    assert pull.issue.body == "one\r\ntwo"
    await browser.open(f"/{REPO}/pull/2")
    await browser.press("Submit review", event="COMMENT", review="one\ntwo")
    assert pull.reviews[0].body == "one\r\ntwo"


async def test_reactions_are_seen_by_all(playground, browser):
    ben = playground.as_user("ben")
    await ben.push_files(REPO, "topic/x", {"src/a.txt": b"one\n2\n"})
    await ben.open_pull(REPO, "topic/x", "Change a")
    comment = await ben.comment(REPO, 1, "/apply")
    page = await browser.open(f"/{REPO}/pull/1")
    assert page.all("div", **{"class": "reactions"}) == []
    tag = page.headers["ETag"]
    for who, content in (("ada", "eyes"), ("eve", "eyes"), ("ada", "+1")):
        await playground.as_user(who).react(REPO, comment.id, content)
    page = await browser.open(f"/{REPO}/pull/1", **{"If-None-Match": tag})
    shown = [one.text for one in page.all("span", **{"class": "reaction"})]
    assert shown == ["👀 2", "👍 1"]
    assert [one.attrs["title"] for one in page.all("span", **{"class": "reaction"})] == [
        "eyes by ada, eve",
        "+1 by ada",
    ]
