"""What all pages share: the header with the switch of persons, a repository's tabs, small pieces."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from bot.playground.pages.html import Child, Safe, el, join, path_url, plural
from bot.playground.pages.visit import NOBODY, Page, Visit, people, repo_url
from bot.playground.state import Issue, Label, Repository, User

STATIC = Path(__file__).parent.parent / "static"
FILES = {"style.css": "text/css", "live.js": "text/javascript"}

_TITLES = {403: "Not allowed", 404: "Not found", 405: "Not possible now", 409: "Changed meanwhile", 422: "Not accepted"}


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """A file of ours and a short digest of it."""
    data = (STATIC / name).read_bytes()
    return data, sha256(data).hexdigest()[:12]


def static_url(name: str) -> str:
    """Where a file of ours is; the address changes with its content."""
    return f"/-/static/{name}?{static_file(name)[1]}"


def _switch(visit: Visit) -> Safe:
    chosen = visit.person.login if visit.person else NOBODY
    options = [(one.login, one.login) for one in people(visit.world)]
    options.append((NOBODY, "nobody (signed out)"))
    select = el(
        "select",
        [el("option", words, value=value, selected=value == chosen) for value, words in options],
        name="login",
        id="act-as",
    )
    back = el("input", type="hidden", name="back", value=visit.request.rel_url.raw_path)
    button = el("button", "Switch", type="submit")
    return visit.form("/-/act-as", el("label", "Act as", for_="act-as"), select, back, button, class_="switch")


def document(visit: Visit, page: Page) -> str:
    """The whole page."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{page.title} · Playground"),
        el("link", rel="stylesheet", href=static_url("style.css")),
        el("script", src=static_url("live.js"), defer=True),
    )
    nav = el("nav", el("a", "Repositories", href="/"), el("a", "Deliveries", href="/deliveries"), aria_label="Site")
    header = el("header", el("a", "Playground", href="/", class_="brand"), nav, _switch(visit), class_="site")
    skip = el("a", "Skip to the content", href="#content", class_="skip")
    body = el("body", skip, header, el("main", page.body, id="content"))
    return f"<!DOCTYPE html>{el('html', head, body, lang='en')}"


def repo_page(visit: Visit, repo: Repository, tab: str, title: str, *children: Child, status: int = 200) -> Page:
    """A page of a repository; ``tab`` is ``code``, ``issues``, ``pulls``, ``labels``, ``settings`` or nothing."""
    opened = [issue for issue in repo.issues.values() if issue.state == "open"]
    pulls = sum(issue.pull is not None for issue in opened)
    tabs = [
        ("code", "Code", repo_url(repo), None),
        ("issues", "Issues", repo_url(repo, "issues"), len(opened) - pulls),
        ("pulls", "Pull requests", repo_url(repo, "pulls"), pulls),
        ("labels", "Labels", repo_url(repo, "labels"), None),
    ]
    if visit.may(repo, "admin"):
        tabs.append(("settings", "Settings", repo_url(repo, "settings"), None))
    links = [
        el(
            "a",
            words,
            None if count is None else el("span", count, class_="count"),
            href=href,
            aria_current="page" if name == tab else None,
        )
        for name, words, href, count in tabs
    ]
    marks = [
        el("span", word, class_="mark") for word, on in (("Private", repo.private), ("Archived", repo.archived)) if on
    ]
    role = visit.world and (repo.role(visit.person) if visit.person else "none")
    head = el(
        "div",
        el("a", repo.owner.login, href=path_url(repo.owner.login)),
        " / ",
        el("a", el("strong", repo.name), href=repo_url(repo)),
        marks,
        el("span", f"your role here: {role}", class_="muted role") if visit.person else None,
        class_="crumbs",
    )
    nav = el("nav", links, class_="tabs", aria_label="Repository", data_live=True, id="repository-tabs")
    return Page(f"{title} · {repo.full_name}", join(head, nav, *children), status)


def chip(label: Label) -> Safe:
    """A label: its colour as a dot, its name as readable text."""
    dot = el("svg", el("circle", cx=5, cy=5, r=5, fill=f"#{label.color}"), viewBox="0 0 10 10", aria_hidden="true")
    return el("span", dot, label.name, class_="label", title=label.description)


def state_mark(issue: Issue) -> Safe:
    """Open, closed, merged or draft."""
    if issue.pull and issue.pull.merged_at:
        return el("span", "Merged", class_="state merged")
    if issue.state == "closed":
        done = issue.pull is None and issue.state_reason not in {"not_planned", "duplicate"}
        return el("span", "Closed", class_="state merged" if done else "state closed")
    if issue.pull and issue.pull.draft:
        return el("span", "Draft", class_="state draft")
    return el("span", "Open", class_="state open")


def who(person: User) -> Safe:
    """A person's name, as a link."""
    bot = person.type == "Bot"
    name = person.login.removesuffix("[bot]") if bot else person.login
    href = path_url("apps", name) if bot else path_url(person.login)
    return join(el("a", name, href=href, class_="who"), el("span", "bot", class_="mark") if bot else None)


def avatar(person: User) -> Safe:
    """A person's picture."""
    return el("img", src=f"/avatars/u/{person.id}", alt="", width=32, height=32, class_="avatar")


def button(words: str, kind: str = "", **attributes: object) -> Safe:
    """A button that posts its form."""
    return el("button", words, type="submit", class_=kind or None, **attributes)


def text_area(name: str, label: str, value: str = "", *, rows: int = 5, **attributes: object) -> Safe:
    """A labelled text area."""
    area = el("textarea", "\n" + value, name=name, id=f"field-{name}", rows=rows, **attributes)
    return join(el("label", label, for_=f"field-{name}"), area)


def text_input(name: str, label: str, value: str = "", **attributes: object) -> Safe:
    """A labelled line of text."""
    return join(
        el("label", label, for_=f"field-{name}"),
        el("input", type="text", name=name, id=f"field-{name}", value=value, **attributes),
    )


def counted(count: int, one: str) -> Safe:
    """A muted count: ``3 commits``."""
    return el("span", plural(count, one), class_="muted")


def error_page(visit: Visit, status: int, sentence: str) -> Page:
    """What went wrong, in a sentence, and the way back."""
    title = _TITLES.get(status, "Something went wrong")
    came = urlsplit(visit.request.headers.get("Referer", ""))
    back = came.path if came.netloc == visit.request.host and came.path.startswith("/") else "/"
    hint = el("p", el("a", "Back", href=back))
    return Page(title, el("div", el("h1", title), el("p", sentence, role="alert"), hint, class_="box problem"), status)
