"""A person plans on the pages: assigns, relates, ticks, closes with a reason, transfers and deletes."""

import pytest

REPO = "acme/platform"


@pytest.fixture
async def issues(playground):
    ada = playground.as_user("ada")
    return [await ada.open_issue(REPO, f"Issue {number}") for number in range(1, 5)]


def section(page, name):
    return " ".join(page.all("section", id=name)[0].text.split())


async def test_dependencies_parents_and_sub_issues(playground, browser, issues):
    one, two, three, four = issues
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/1")
    await browser.press("Add", **{"add-blocked-by": "#2"})
    await browser.press("Add", **{"add-blocking": "3"})
    await browser.press("Add", **{"add-sub-issue": f"{REPO}#4"})
    page = await browser.press("Add", **{"add-parent": " #2 "})
    assert (one.blocked_by, one.blocking, one.sub_issues, one.parent) == ([two], [three], [four], two)
    assert "#2 Issue 2" in section(page, "blocked-by")
    assert "0 of 1 done" in section(page, "sub-issue")
    assert page.all("progress")[0].attrs["aria-label"] == "Sub-issues done"
    assert "ada let this wait for Issue 2 #2" in page.words
    page = await browser.press("Add", **{"add-parent": "3"})
    assert one.parent is three
    await browser.press("Remove #2 from blocked by")
    await browser.press("Remove #3 from blocking")
    await browser.press("Remove #4 from sub-issues")
    await browser.press("Remove #3 from parent")
    assert (one.blocked_by, one.blocking, one.sub_issues, one.parent) == ([], [], [], None)


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("blocked-by", "99", "no issue"),
        ("blocked-by", "1", "itself"),
        ("blocked-by", "x#y", "no issue"),
        ("blocking", "2", "cycle"),
        ("sub-issue", "1", "same as the parent"),
    ],
)
async def test_what_is_refused_is_said(playground, browser, issues, field, text, said):
    await playground.as_user("ada").block(REPO, 1, 2)
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/1")
    page = await browser.press("Add", status=422, **{f"add-{field}": text})
    assert said in page.words


async def test_only_those_may_who_triage(playground, browser, issues):
    await playground.as_user("ada").block(REPO, 1, 2)
    await browser.act_as("eve")
    page = await browser.open(f"/{REPO}/issues/1")
    assert "#2 Issue 2" in section(page, "blocked-by")
    assert not [one for one in page.buttons() if one.startswith(("Add", "Remove", "Assign", "Transfer", "Delete"))]
    token = browser.token
    for path, field in (
        ("relations", {"add-blocked-by": "3"}),
        ("relations", {"remove-blocked-by": "2"}),
        ("assignees", {"assignee": "eve"}),
        ("delete", {}),
        ("transfer", {"to": REPO}),
    ):
        page = await browser.post(f"/{REPO}/issues/1/{path}", {"token": token, **field})
        assert page.status == 403, path
    assert issues[0].blocked_by == [issues[1]]
    assert len(playground.repository(REPO).issues) == 4


async def test_another_repository_needs_its_own_right(playground, browser, issues):
    await playground.create_repository("acme", "secret", files={"a": b"a"}, private=True)
    await playground.create_repository("acme", "lib", files={"a": b"a"})
    owner = playground.as_user("acme")
    for name in ("secret", "lib"):
        theirs = await owner.open_issue(f"acme/{name}", f"in {name}")
        await owner.block(REPO, 1, theirs.number, where=f"acme/{name}")
    await browser.act_as("ben")
    page = await browser.open(f"/{REPO}/issues/1")
    assert "acme/lib#1 in lib" in section(page, "blocked-by")
    assert "secret" not in section(page, "blocked-by")
    await browser.press("Add", status=422, **{"add-blocked-by": "acme/secret#1"})
    await browser.open(f"/{REPO}/issues/2")
    await browser.press("Add", status=403, **{"add-blocking": "acme/lib#1"})


async def test_assignees(playground, browser, issues):
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/1")
    await browser.press("Assign", assignee="ben")
    page = await browser.press("Assign", assignee="eve")
    assert section(page, "assignees").startswith("Assigneesben×eve×")
    await browser.press("Unassign eve")
    assert [person.login for person in issues[0].assignees] == ["ben"]


async def test_the_list_tells_what_matters(playground, browser, issues):
    ada = playground.as_user("ada")
    await ada.assign(REPO, 1, "ben", "eve")
    for other in (2, 3):
        await ada.block(REPO, 1, other)
        await ada.add_sub_issue(REPO, 4, other)
    await ada.close(REPO, 3)
    words = (await browser.open(f"/{REPO}/issues")).words
    assert "by ada · assigned to ben, eve · blocked by 1" in words
    assert "blocking 1" in words
    assert "1 of 2 sub-issues done" in words


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate"])
async def test_an_issue_is_closed_with_a_reason(browser, issues, reason):
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/1")
    page = await browser.press("Close issue", reason=reason)
    assert (issues[0].state, issues[0].state_reason) == ("closed", reason)
    words = {"completed": "closed this on", "not_planned": "as not planned on", "duplicate": "as a duplicate on"}
    assert words[reason] in page.words


BODY = "Do:\r\n\r\n- [ ] first `x`\r\n- [x] second\r\n\r\n```\r\n- [ ] code\r\n```\r\n\r\n> 1. [ ] third <b>"


async def test_boxes_are_clicked_one_by_one(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "t", BODY)
    issue = playground.repository(REPO).issue(1)
    await browser.act_as("ben")
    page = await browser.open(f"/{REPO}/issues/1")
    boxes = page.all("button", role="checkbox")
    assert [(one.attrs["aria-label"], one.attrs["aria-checked"]) for one in boxes] == [
        ("first x", "false"), ("second", "true"), ("third <b>", "false")
    ]  # fmt: skip
    assert all(one.attrs["type"] == "submit" and one.inside("form") for one in boxes)
    await browser.press("first x")
    await browser.press("second")
    page = await browser.press("third <b>")
    assert issue.body == BODY.replace("[ ] first", "[x] first").replace("[x] sec", "[ ] sec").replace(
        "1. [ ]", "1. [x]"
    )
    assert "edited by ben" in page.words
    assert [edit.editor.login for edit in issue.edits] == ["ben"] * 3


async def test_a_click_on_what_was_changed_meanwhile_is_refused(playground, browser):
    ada = playground.as_user("ada")
    await ada.open_issue(REPO, "t", "- [ ] one\n- [ ] two")
    issue = playground.repository(REPO).issue(1)
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/issues/1")
    await ada.tick(REPO, 1, "two")
    await browser.press("one")
    assert issue.body == "- [x] one\n- [x] two"
    await browser.open(f"/{REPO}/issues/1")
    await ada.edit_issue(REPO, 1, body="- [ ] two\n- [ ] one")
    page = await browser.press("one", status=409)
    assert "Load the page again" in page.words
    assert issue.body == "- [ ] two\n- [ ] one"


async def test_boxes_of_comments_and_of_pull_requests(playground, browser):
    ben = playground.as_user("ben")
    await ben.push_files(REPO, "topic", {"x": b"x"})
    pull = await ben.open_pull(REPO, "topic", "p", "- [ ] in the body")
    said = await ben.comment(REPO, 1, "- [ ] in a comment")
    await browser.act_as("ada")
    await browser.open(f"/{REPO}/pull/1")
    await browser.press("in the body")
    await browser.press("in a comment")
    assert (pull.issue.body, said.body) == ("- [x] in the body", "- [x] in a comment")


async def test_who_may_not_edit_sees_boxes_and_cannot_click(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "t", "- [ ] one")
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/issues/1")
    value = page.all("button", role="checkbox")[0].attrs["value"]
    await browser.act_as("eve")
    page = await browser.open(f"/{REPO}/issues/1")
    assert page.all("button", role="checkbox") == []
    assert "disabled" in page.all("input", type="checkbox")[0].attrs
    page = await browser.post(f"/{REPO}/issues/1/boxes", {"token": browser.token, "box": value})
    assert page.status == 403
    await playground.as_user("eve").open_issue(REPO, "mine", "- [ ] one")
    await browser.open(f"/{REPO}/issues/2")
    await browser.press("one")
    assert playground.repository(REPO).issue(2).body == "- [x] one"


async def test_transfer_and_delete(playground, browser, issues):
    await playground.create_repository("acme", "lib", files={"a": b"a"})
    await playground.create_repository("else", "where", files={"a": b"a"})
    playground.set_permission("acme/lib", "ada", "write")
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/issues/1")
    targets = [one.attrs["value"] for one in page.all("option") if one.parent.attrs.get("id") == "to"]
    assert targets == ["acme/lib"]
    await browser.press("Transfer", to="acme/lib")
    assert browser.path == "/acme/lib/issues/1"
    await browser.open(f"/{REPO}/issues/1")
    assert browser.path == "/acme/lib/issues/1"
    await browser.open(f"/{REPO}/issues/2")
    await browser.press("Delete for good")
    assert browser.path == f"/{REPO}/issues"
    assert "deleted" in (await browser.open(f"/{REPO}/issues/2", status=410)).words
    await browser.act_as("ben")
    page = await browser.open(f"/{REPO}/issues/3")
    assert "Delete for good" not in page.buttons()


async def test_an_old_server_has_no_relations_on_its_pages(playground, browser, issues):
    playground.world.relations = False
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/issues/1")
    assert page.all("section", id="blocked-by") == []
    token = {"token": browser.token, "add-blocked-by": "2"}
    assert (await browser.post(f"/{REPO}/issues/1/relations", token)).status == 404


async def test_every_field_has_a_label_and_every_button_words(playground, browser, issues):
    await playground.as_user("ada").edit_issue(REPO, 1, body="- [ ] a box")
    await playground.as_user("ada").block(REPO, 1, 2)
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/issues/1")
    labelled = {one.attrs["for"] for one in page.all("label")}
    for tag in ("input", "select", "textarea"):
        for one in page.all(tag):
            assert one.attrs.get("type") == "hidden" or one.attrs["id"] in labelled, one
    assert all(words.strip() and words != "×" for words in page.buttons())
    ids = [one.attrs["id"] for one in page.elements if "id" in one.attrs]
    assert len(ids) == len(set(ids))
