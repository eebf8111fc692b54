"""A person opens an issue from its form, labels and comments it; another reviews and merges."""

import asyncio

import pytest

from bot.playground.acts import checks
from bot.playground.state import Actor

REPO = "acme/platform"
FORM = b"""
name: Migration
description: "Move folders: all of them"
title: "Migration: "
labels: [migration, unknown]
body:
  - type: markdown
    attributes:
      value: |
        Put the label `migration` on this issue.
  - type: input
    id: manifest
    attributes:
      label: Manifest
      placeholder: migrations/staging.yml
    validations:
      required: true
  - type: textarea
    attributes: # a comment
      label: Why
  - type: dropdown
    attributes:
      label: Urgency
      options:
        - low
        - "high: really"
  - type: checkboxes
    attributes:
      label: Read
      options:
        - label: The documentation
          required: true
        - label: The code
"""


async def test_an_issue_from_its_form(playground, browser):
    ada = playground.as_user("ada")
    await ada.push_files(REPO, "main", {".github/ISSUE_TEMPLATE/migration.yml": FORM}, "A form")
    await ada.create_label(REPO, "migration", "8250df")
    await browser.act_as("ada")
    chooser = await browser.open(f"/{REPO}/issues/new")
    assert "Move folders: all of them" in chooser.words
    await browser.open(f"/{REPO}/issues/new?template=0")
    page = await browser.press("Create", status=422, **{"answer-4": ["0", "1"], "answer-2": "kept"})
    assert page.all("p", role="alert")[0].text == "“Manifest” must be filled in."
    assert page.all("textarea", name="answer-2")[0].text == "\nkept"
    answers = {"answer-1": "a.yml", "answer-2": "so\nthat", "answer-3": "high: really"}
    page = await browser.press("Create", title="Migration: staging", **answers)
    assert browser.path == f"/{REPO}/issues/1"
    issue = playground.repository(REPO).issue(1)
    assert issue.body == (
        "### Manifest\n\na.yml\n\n### Why\n\nso\nthat\n\n### Urgency\n\nhigh: really\n\n"
        "### Read\n\n- [x] The documentation\n- [x] The code"
    )
    assert [label.name for label in issue.labels] == ["migration"]
    assert issue.user.login == "ada"
    assert "Migration: staging #1" in page.words


async def test_empty_answers_are_said_to_be_none(playground, browser):
    form = FORM.replace(b"      required: true", b"      required: false").replace(b"          required: true\n", b"")
    await playground.as_user("ada").push_files(REPO, "main", {".github/ISSUE_TEMPLATE/m.yml": form}, "A form")
    await browser.open(f"/{REPO}/issues/new?template=0")
    await browser.press("Create")
    body = playground.repository(REPO).issue(1).body
    assert body.count("_No response_") == 3
    assert body.endswith("- [ ] The documentation\n- [ ] The code")


async def test_labels_comments_closing(playground, browser):
    ada = playground.as_user("ada")
    await ada.open_issue(REPO, "Broken", "See `src/a.txt`, @ben")
    page = await browser.open(f"/{REPO}/issues/1")
    await browser.press("Add", add="bug")
    page = await browser.press("Comment", body="It is **so**.\n\n| a | b |\n|---|--:|\n| 1 | 2 |")
    assert page.all("strong")[-1].text == "so"
    assert page.all("td", **{"class": "right"})
    assert "ada put on bug" in page.words
    issue = playground.repository(REPO).issue(1)
    page = await browser.press("Save", **{f"body-{issue.comments[0].id}": "Changed"})
    assert (issue.comments[0].body, issue.body) == ("Changed", "See `src/a.txt`, @ben")
    page = await browser.press("Remove the label bug")
    assert issue.labels == []
    await browser.press("Close issue", body="Done with it.")
    assert (issue.state, issue.comments[-1].body) == ("closed", "Done with it.")
    await browser.press("Reopen issue")
    assert issue.state == "open"
    assert "Broken" in (await browser.open(f"/{REPO}/issues?state=open")).words
    assert "Nothing here" in (await browser.open(f"/{REPO}/issues?state=closed")).words


async def test_one_edits_and_deletes_ones_own(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "Broken", "old body")
    comment = await playground.as_user("ada").comment(REPO, 1, "old words")
    page = await browser.open(f"/{REPO}/issues/1")
    token = browser.token
    await browser.post(
        f"/{REPO}/issues/1/edit", {"token": token, "title": "New", f"body-{_issue(playground).id}": "new"}
    )
    assert (_issue(playground).title, _issue(playground).body) == ("New", "new")
    page = await browser.post(f"/{REPO}/comments/{comment.id}", {"token": token, f"body-{comment.id}": "new words"})
    assert comment.body == "new words"
    assert "edited by ada" in page.words
    assert "changed the title from Broken to New" in page.words
    await browser.press("Delete")
    assert _issue(playground).comments == []


def _issue(playground):
    return playground.repository(REPO).issue(1)


async def _pull(playground, files=None):
    await playground.as_user("ben").push_files(REPO, "topic/x", files or {"src/a.txt": b"one\n2\n"}, "Change a")
    return await playground.as_user("ben").open_pull(REPO, "topic/x", "Change a", "For #1")


async def test_review_merge_and_delete(playground, browser):
    pull = await _pull(playground)
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/pull/1/files")
    rows = [(row.attrs.get("class"), row.text) for row in page.all("tr")]
    assert ("del", "2-two") in rows
    assert ("add", "2+2") in rows
    page = await browser.press("Submit review", event="APPROVE", review="Good")
    assert "ada approved these changes" in page.words
    page = await browser.press("Merge pull request", method="squash")
    assert pull.merged_at
    assert pull.merged_by.login == "ada"
    assert "Merged" in page.words
    await browser.press("Delete the branch topic/x")
    assert playground.repository(REPO).branch("topic/x") is None
    commit = await browser.open(f"/{REPO}/commit/{pull.merge_commit_sha}")
    assert "+2" in commit.words
    assert "Change a" in (await browser.open(f"/{REPO}/commits/main")).words
    assert (await browser.open(f"/{REPO}/blob/main/src/a.txt")).all("tr", id="L2")[0].text == "22"


async def test_nobody_approves_their_own(playground, browser):
    await _pull(playground)
    await browser.act_as("ben")
    page = await browser.open(f"/{REPO}/pull/1")
    assert "disabled" in page.all("input", value="APPROVE")[0].attrs
    page = await browser.press("Submit review", status=422, event="APPROVE")
    assert "Can not approve your own pull request." in page.words


@pytest.mark.parametrize("conclusion", ["failure", None])
async def test_checks_forbid_merging_but_an_admin_may_pass_over_them(playground, browser, conclusion):
    pull = await _pull(playground)
    created = await playground.create_app({"checks": "write"}, ["check_run"], owner="ada")
    app = playground.world.apps[created.app_id]
    output = {"title": "The spec is stale", "summary": "**Reviewed** long ago.", "annotations": [
        {"path": "src/a.txt", "start_line": 2, "end_line": 2, "annotation_level": "warning", "message": "this line"},
        {"path": "src/a.txt", "start_line": 1, "end_line": 2, "annotation_level": "failure", "message": "both\nof\nthem"}]}  # fmt: skip
    body = {"name": "spec-guard", "head_sha": pull.head_sha, "output": output, "status": "in_progress"}
    if conclusion:
        body |= {"status": "completed", "conclusion": conclusion}
    repo = playground.repository(REPO)
    check = await checks.create_check(playground.world, repo, Actor(app.bot, app), body)
    await browser.act_as("ben")
    page = await browser.open(f"/{REPO}/pull/1")
    reason = "The check spec-guard says “failure”." if conclusion else "The check spec-guard is not done."
    assert reason in page.words
    assert "Merge pull request" not in page.buttons()
    forged = {"token": browser.token, "sha": pull.head_sha, "method": "merge", "bypass": "1"}
    page = await browser.post(f"/{REPO}/pull/1/merge", forged)
    assert page.status == 405
    assert reason in page.words
    page = await browser.open(f"/{REPO}/pull/1/checks")
    assert "warning src/a.txt:2 this line" in page.words.replace("2this", "2 this")
    assert "failure src/a.txt:1-2" in page.words
    assert page.all("div", **{"class": "pre"})[-1].text == "both\nof\nthem"
    links = [one.attrs["href"] for one in page.all("a") if one.text.startswith("src/a.txt:")]
    assert links == [f"/{REPO}/blob/{pull.head_sha}/src/a.txt#L{line}" for line in (2, 1)]
    assert page.all("span", role="img")[0].attrs["aria-label"] == (conclusion or "in progress")
    assert "Reviewed long ago." in (await browser.open(f"/{REPO}/runs/{check.id}")).words
    assert "Re-run" in browser.page.buttons()
    await browser.act_as("eve")
    assert (await browser.open(f"/{REPO}/runs/{check.id}")).buttons() == []
    assert (await browser.post(f"/{REPO}/runs/{check.id}", {"token": browser.token, "rerun": "1"})).status == 403
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/pull/1")
    await browser.press("Merge pull request", status=405)
    await browser.open(f"/{REPO}/pull/1")
    await browser.press("Merge pull request", bypass="1")
    assert pull.merged_at


async def test_a_conflict_forbids_merging_even_for_an_admin(playground, browser):
    await _pull(playground)
    await playground.as_user("ada").push_files(REPO, "main", {"src/a.txt": b"one\nzwei\n"}, "Clash")
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/pull/1")
    assert "is in conflict with main" in page.words
    assert "Merge pull request" not in page.buttons()


async def test_what_was_reviewed_is_what_was_seen(playground, browser):
    await _pull(playground)
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/pull/1")
    await playground.as_user("ben").push_files(REPO, "topic/x", {"src/a.txt": b"evil\n"}, "More")
    page = await browser.press("Submit review", status=409, event="APPROVE")
    assert "has moved since you looked at it" in page.words
    await browser.open(f"/{REPO}/pull/1")
    await playground.as_user("ben").push_files(REPO, "topic/x", {"src/a.txt": b"evil!\n"}, "More")
    await browser.press("Merge pull request", status=409)


async def test_closing_and_reopening_a_pull_request(playground, browser):
    pull = await _pull(playground)
    await browser.act_as("ben")
    await browser.open(f"/{REPO}/pull/1")
    await browser.press("Close pull request")
    assert pull.issue.state == "closed"
    assert "Closed without merging" in browser.page.words
    await browser.press("Reopen pull request")
    assert pull.issue.state == "open"
    assert "Change a" in (await browser.open(f"/{REPO}/pulls")).words
    assert "Change a" in (await browser.open(f"/{REPO}/pull/1/commits")).words
    assert (await browser.open(f"/{REPO}/pull/1.diff")).text.startswith("diff --git a/src/a.txt")
    assert (await browser.open(f"/{REPO}/issues/1")).url.endswith("/pull/1")


async def test_labels_are_made_and_deleted(playground, browser):
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/labels")
    page = await browser.press("Create label", name="urgent", color="#ff0000", description="now")
    assert playground.repository(REPO).label("urgent").color == "ff0000"
    assert page.all("circle", fill="#ff0000")
    page = await browser.press("Create label", status=422, name="Urgent")
    assert "Name is taken already." in page.words
    await browser.open(f"/{REPO}/labels")
    await browser.press("Delete the label urgent")
    assert "urgent" not in playground.repository(REPO).labels


async def test_a_file_is_edited_on_its_branch(playground, browser):
    await browser.act_as("ben")
    await browser.open(f"/{REPO}/edit/main/src/a.txt")
    page = await browser.press("Commit to main", text="one\r\ndrei", message="Count on")
    assert "drei" in page.words
    repo = playground.repository(REPO)
    assert (await repo.store.read(f"{repo.branch('main')}:src/a.txt"))[1] == b"one\ndrei\n"
    await browser.open(f"/{REPO}/edit/main")
    await browser.press("Commit to main", path="new/b.txt", text="b", message="B")
    assert (await repo.store.read(f"{repo.branch('main')}:new/b.txt"))[1] == b"b\n"
    for path in ("../x", ".git/config", "a//b", "src", "src/a.txt/b", "/x", "git~1/config", ".GIT/x"):
        await browser.open(f"/{REPO}/edit/main")
        await browser.press("Commit to main", status=422, path=path, text="b", message="B")
    await browser.open(f"/{REPO}/edit/main/src/a.txt")
    await playground.as_user("ada").push_files(REPO, "main", {"src/a.txt": b"other\n"}, "Meanwhile")
    await browser.press("Commit to main", status=409, text="mine", message="Mine")


async def test_deliveries_are_shown_and_sent_again(playground, browser):
    created = await playground.create_app({}, ["issues"], "http://127.0.0.1:9/webhook", "s", owner="ada", ping=False)
    playground.install(created, "acme")
    await playground.as_user("ben").open_issue(REPO, "Hello")
    await playground.settled()
    await browser.act_as("ada")
    page = await browser.open("/deliveries")
    link = next(one for one in page.all("a") if one.text == "issues.opened")
    await browser.open(link.attrs["href"])
    assert "X-Hub-Signature-256" in browser.page.words
    await browser.press("Redeliver")
    await playground.settled()
    sent = [one for one in playground.deliveries if one.event == "issues"]
    assert [one.redelivery for one in sent] == [False, True]
    assert sent[0].guid == sent[1].guid
    assert "redelivery" in (await browser.open("/deliveries")).words
    forged = {"token": browser.token}
    await browser.act_as("ben")
    assert "Nothing that you may see" in (await browser.open("/deliveries")).words
    await browser.open(link.attrs["href"], status=404)
    assert (await browser.post(f"{link.attrs['href']}/redeliver", forged)).status == 404


async def test_a_page_is_sent_once_and_its_script_asks_again(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "Hello")
    page = await browser.open(f"/{REPO}/issues/1")
    tag = page.headers["ETag"]
    assert (await browser.open(f"/{REPO}/issues/1", status=304, **{"If-None-Match": tag})).text == ""
    await playground.as_user("ben").comment(REPO, 1, "news")
    page = await browser.open(f"/{REPO}/issues/1", **{"If-None-Match": tag})
    assert "news" in page.words
    live = [one.attrs.get("id") for one in page.elements if "data-live" in one.attrs]
    assert {"timeline", "labels", "comment", "state"} <= set(live)
    assert len(live) == len(set(live))
    script = await browser.open(page.all("script")[0].attrs["src"])
    assert len(script.text.splitlines()) < 40
    await asyncio.sleep(0)


async def test_where_else_it_is_mentioned(playground, browser):
    ada = playground.as_user("ada")
    await ada.open_issue(REPO, "First")
    await ada.open_issue(REPO, "Second", "as in #1")
    await ada.open_issue(REPO, "Third", "not `#1`, nor #10")
    words = (await browser.open(f"/{REPO}/issues/1")).words
    assert "ada mentioned this in Second #2" in words
    assert "Third" not in words
    for number in range(5):
        await ada.open_issue(REPO, f"Many {number}", "#1")
    assert "This was mentioned in 6 other places" in (await browser.open(f"/{REPO}/issues/1")).words


async def test_a_pull_request_from_a_comparison(playground, browser):
    await playground.as_user("ben").push_files(REPO, "topic/x", {"src/a.txt": b"one\n2\n"}, "Change a")
    await browser.act_as("ben")
    page = await browser.open(f"/{REPO}/tree/topic/x")
    link = next(one for one in page.all("a") if one.text == "Compare and propose")
    page = await browser.open(link.attrs["href"])
    assert "1 commit ahead" in page.words
    assert "+2" in page.words
    await browser.press("Create pull request", body="Please")
    pull = playground.repository(REPO).pull(1)
    assert (pull.issue.title, pull.issue.body, pull.issue.user.login) == ("Change a", "Please", "ben")
    assert "#1 Change a is open for it." in (await browser.open(link.attrs["href"])).words
    forged = {"token": browser.token, "title": "x", "base": "main", "head": "topic/x"}
    assert (await browser.post(f"/{REPO}/pulls", forged)).status == 422
    await browser.act_as("eve")
    assert "Create pull request" not in (await browser.open(link.attrs["href"])).buttons()
    forged["token"] = browser.token
    assert (await browser.post(f"/{REPO}/pulls", forged)).status == 403


async def test_every_link_of_the_api_leads_to_a_page(playground, browser):
    """What the shapes call ``html_url`` is there."""
    pull = await _pull(playground)
    created = await playground.create_app({"checks": "write"}, ["issues"], owner="ada")
    installation = playground.install(created, "acme")
    app = playground.world.apps[created.app_id]
    repo = playground.repository(REPO)
    body = {"name": "x", "head_sha": pull.head_sha, "status": "in_progress"}
    check = await checks.create_check(playground.world, repo, Actor(app.bot, app), body)
    await browser.act_as("ada")
    review = await playground.as_user("ada").review(REPO, 1, "COMMENT", "Hm")
    page = await browser.open(f"/{REPO}/pull/1")
    assert page.all("article", id=f"pullrequestreview-{review.id}")
    await playground.as_user("ada").open_issue(REPO, "Hello")
    comment = await playground.as_user("ada").comment(REPO, 2, "Hi")
    assert (await browser.open(f"/{REPO}/issues/2")).all("article", id=f"issuecomment-{comment.id}")
    links = [f"/{REPO}", "/ada", "/acme", f"/apps/{app.slug}", f"/settings/installations/{installation.id}", "/favicon.ico",
             f"/{REPO}/runs/{check.id}", f"/{REPO}/commit/{pull.head_sha}", f"/{REPO}/pull/1.diff", f"/avatars/u/{app.bot.id}",
             f"/{REPO}/compare/{pull.base_sha[:12]}...{pull.head_sha[:12]}", f"/{REPO}/tree/topic/x", f"/{REPO}/raw/main/src/a.txt"]  # fmt: skip
    for link in links:
        await browser.open(link)
