"""Text, names and posts that mean harm do none."""

import aiohttp
import pytest

REPO = "acme/platform"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[click](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [y](data:text/html,x) [z](vbscript:x) [w](java\tscript:x)",
    "![i](https://evil.example/pixel.png) ![i](javascript:alert(1))",
    "<details><summary>x</summary></details></details></article></main></body>",
    "- <details open>\n\n</details></details></details></div>",
    "<details onclick=x><summary style=a>",
    "<sub><sub><sub></sup></sub>",
    "<a href='javascript:x'>x</a> <iframe src=//evil.example></iframe> <style>*{}</style> <form action=/x><button>Merge",
    "<!-- --><script>x</script> <!-- <b>",
    '```mermaid\nflowchart LR\n  a["<script>x</script>"]:::x\n  a --> b\n  classDef x fill:#fff,color:#000\n```',
    '```mermaid\nflowchart LR\n  a["x"]:::x\n  classDef x fill:url(javascript:x),color:#000\n```',
    "<https://example.com/'onmouseover=x> https://example.com/\"onmouseover=x",
    "a\u202eb \x00 \x1b[31m {{ 7*7 }} ${x}",
    "<DETAILS OPEN><sUmMaRy>x</SUMMARY>",
    "<sub/onload=x>",
    "<br data-raw><input type=submit>",
]
SAFE = ("http://", "https://", "/", "#", "mailto:", "?")


def check_inert(page):
    """No script but ours, no handler, no style, nothing from elsewhere, no form but ours."""
    tags = {one.tag for one in page.elements}
    assert not tags & {"iframe", "object", "embed", "style", "base", "template", "math", "foreignobject", "b"}
    assert [one.attrs["src"].split("?")[0] for one in page.all("script")] == ["/-/static/live.js"]
    for one in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in one.attrs), one
        for name in ("href", "src", "action"):
            assert one.attrs.get(name, "/").startswith(SAFE), one
        if one.tag in {"img", "link", "script", "form"}:
            assert (one.attrs.get("src") or one.attrs.get("href") or one.attrs.get("action")).startswith("/")
    assert not any("evil.example" in one.attrs.get("src", "") for one in page.elements)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_inert(playground, browser, text):
    ada, ben = playground.as_user("ada"), playground.as_user("ben")
    title = text.split("\n")[0][:200]
    await ada.open_issue(REPO, title, text)
    await ada.comment(REPO, 1, text)
    await ada.comment(REPO, 1, "the last word")
    await ben.push_files(
        REPO, "topic", {"x.md": text.encode()}, f"{title.replace(chr(0), '')}\n\n{text.replace(chr(0), '')}"
    )
    await ben.open_pull(REPO, "topic", title, text)
    await ada.review(REPO, 2, "COMMENT", text)
    for path in (
        "issues",
        "issues/1",
        "pulls",
        "pull/2",
        "pull/2/files",
        "pull/2/commits",
        "blob/topic/x.md",
        "commits/topic",
    ):
        check_inert(await browser.open(f"/{REPO}/{path}"))
    page = await browser.open(f"/{REPO}/issues/1")
    last = next(one for one in page.all("p") if one.text == "the last word")
    assert last.inside("article").parent.attrs["id"] == "timeline"
    assert last.inside("details") is None
    assert page.all("main")[0].parent.tag == "body"


async def test_hostile_paths_and_names_are_inert(playground, browser):
    ben = playground.as_user("ben")
    bad = '<img src=x onerror=alert(1)>"'
    files = {bad: b"x\n", "caf\udce9/\u202etxt.exe": b"y\n", "a b#c?d%2e.txt": b"z\n", "javascript:x": b"j\n"}
    await ben.push_files(REPO, "topic", dict(files.items()), "Names")
    await ben.open_pull(REPO, "topic", "Names")
    page = await browser.open(f"/{REPO}/tree/topic")
    check_inert(page)
    for name in (bad, "a b#c?d%2e.txt", "javascript:x"):
        link = next(one for one in page.all("a") if one.text == name)
        check_inert(await browser.open(link.attrs["href"]))
        assert files[name].decode().strip() in browser.page.words
    folder = next(one for one in page.all("a") if one.text == "caf\\xe9")
    async with browser.session.get(aiohttp.client.URL(playground.url + folder.attrs["href"], encoded=True)) as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "[U+202E]txt.exe" in text
    check_inert(await browser.open(f"/{REPO}/pull/1/files"))


async def test_a_raw_file_is_only_text(playground, browser):
    await playground.as_user("ben").push_files(REPO, "main", {"x.html": b"<script>alert(1)</script>"}, "x")
    page = await browser.open(f"/{REPO}/raw/main/x.html")
    assert page.headers["Content-Type"].startswith("text/plain")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [
    "tree/main/../..", "blob/main/%2e%2e/%2e%2e/etc/passwd", "blob/main/src/a.txt/x", "tree/nothing", "commit/0000000", "issues/999",
    "issues/99999999999999999999", "pull/1", "runs/5", "tree/main/%00", "blob/-x/y", "tree/--help", "raw/main/src",
])  # fmt: skip
async def test_what_is_not_there_is_said_in_a_sentence(browser, path):
    page = await browser.open(f"/{REPO}/{path}", status=404)
    assert "Traceback" not in page.text


async def test_reader_has_no_buttons_and_no_way_around(playground, browser):
    ada, ben = playground.as_user("ada"), playground.as_user("ben")
    await ada.open_issue(REPO, "Hello", "body")
    comment = await ada.comment(REPO, 1, "words")
    await ben.push_files(REPO, "topic", {"x": b"x"}, "X")
    pull = await ben.open_pull(REPO, "topic", "X")
    await browser.act_as("eve")
    assert (await browser.open(f"/{REPO}/issues/1")).buttons() == ["Comment"]
    assert (await browser.open(f"/{REPO}/pull/2")).buttons() == ["Submit review", "Comment"]
    assert "Only people with write access" in browser.page.words
    assert (await browser.open(f"/{REPO}/labels")).buttons() == []
    assert "Edit" not in (await browser.open(f"/{REPO}/blob/main/src/a.txt")).words
    token, sha = browser.token, pull.head_sha
    posts = {
        "issues/1/labels": {"add": "bug"},
        "issues/1/edit": {"title": "mine"},
        "issues/1/comment": {"turn": "close"},
        f"comments/{comment.id}": {"delete": "1"},
        "pull/2/merge": {"sha": sha, "method": "merge"},
        "pull/2/comment": {"turn": "close"},
        "pull/2/delete-branch": {},
        "labels": {"name": "x"},
        "edit/main": {"path": "x", "text": "x", "message": "x"},
    }
    for path, fields in posts.items():
        page = await browser.post(f"/{REPO}/{path}", {"token": token, **fields})
        assert page.status == 403, path
        assert "needs the role" in page.words
    await browser.open(f"/{REPO}/edit/main", status=403)
    issue = playground.repository(REPO).issue(1)
    assert (issue.title, issue.state, issue.labels, len(issue.comments)) == ("Hello", "open", [], 1)
    assert pull.issue.state == "open"


async def test_nobody_only_looks(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "Hello")
    await browser.act_as("-")
    page = await browser.open(f"/{REPO}/issues/1")
    assert page.buttons() == []
    page = await browser.post(f"/{REPO}/issues/1/comment", {"token": browser.token, "body": "x"})
    assert page.status == 403
    assert "Choose whom you act as" in page.words


async def test_a_private_repository_is_hidden(playground, browser):
    await playground.create_repository("acme", "secret", files={"a": b"a"}, private=True)
    for login in ("eve", "-"):
        await browser.act_as(login)
        assert "secret" not in (await browser.open("/")).text
        assert "secret" not in (await browser.open("/acme")).words
        for path in ("", "/issues", "/tree/main", "/raw/main/a"):
            await browser.open(f"/acme/secret{path}", status=404)
        assert (await browser.post("/acme/secret/issues", {"token": browser.token, "title": "x"})).status == 404


async def test_other_sites_cannot_post(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "Hello")
    await browser.open(f"/{REPO}/issues/1")
    path, fields = f"/{REPO}/issues/1/comment", {"body": "x", "token": browser.token}
    for token in ("", "0" * 64, "\udcff"):
        with_token = {**fields, "token": token.encode(errors="replace").decode()}
        assert (await browser.post(path, with_token)).status == 403
    assert (await browser.post(path, fields, Origin="https://evil.example")).status == 403
    assert (await browser.post(path, fields, Origin="null")).status == 403
    assert (await browser.post(path, fields, Host="evil.example")).status == 403
    # the token of one session is worth nothing in another
    async with aiohttp.ClientSession() as other, other.post(playground.url + path, data=fields) as answer:
        assert answer.status == 403
    kinds = {
        "application/json": 415,
        "multipart/form-data": 415,
        "application/x-www-form-urlencoded; charset=nothing": 400,
    }
    for kind, status in kinds.items():
        async with browser.session.post(
            browser.base + path, data=b"token=%ff", headers={"Content-Type": kind}
        ) as answer:
            assert answer.status == status
            assert "Traceback" not in await answer.text()
    assert playground.repository(REPO).issue(1).comments == []
    await browser.post(path, fields, Origin=playground.url)
    assert len(playground.repository(REPO).issue(1).comments) == 1


async def test_the_switch_leads_nowhere_else(browser):
    await browser.open("/")
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\r\nSet-Cookie: a=b"):
        data = {"token": browser.token, "login": "ben", "back": back}
        async with browser.session.post(browser.base + "/-/act-as", data=data, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
    page = await browser.post("/-/act-as", {"token": browser.token, "login": "graftsman[bot]", "back": "/"})
    assert page.status == 404


async def test_an_archived_repository_is_for_reading(playground, browser):
    await playground.as_user("ada").open_issue(REPO, "Hello")
    playground.repository(REPO).archived = True
    await browser.act_as("ada")
    page = await browser.open(f"/{REPO}/issues/1")
    assert page.buttons() == []
    assert (await browser.post(f"/{REPO}/issues/1/comment", {"token": browser.token, "body": "x"})).status == 403


async def test_a_fault_of_ours_is_a_sentence(playground, browser, caplog):
    await playground.as_user("ada").open_issue(REPO, "Hello")
    playground.repository(REPO).issue(1).timeline[:] = [None]
    page = await browser.open(f"/{REPO}/issues/1", status=500)
    assert "Traceback" not in page.text
    assert "its log says why" in page.words
    assert "Traceback" in caplog.text
