"""The first page, the pages of accounts and Apps, and everybody's picture."""

from __future__ import annotations

from aiohttp import web

from bot.playground.pages.html import Child, Safe, el, join, plural
from bot.playground.pages.layout import avatar
from bot.playground.pages.serve import OWNER, Route
from bot.playground.pages.visit import Page, Visit, people, repo_url
from bot.playground.problems import not_found
from bot.playground.state import Repository

SVG = "http://www.w3.org/2000/svg"
COLORS = ("#0969da", "#1a7f37", "#8250df", "#bc4c00", "#bf3989", "#4d2d00", "#0a3069", "#57606a")


def _repositories(visit: Visit, repos: list[Repository]) -> Safe:
    rows = []
    for repo in repos:
        opened = [issue for issue in repo.issues.values() if issue.state == "open"]
        pulls = sum(issue.pull is not None for issue in opened)
        counts = el(
            "div",
            el("a", plural(len(opened) - pulls, "open issue"), href=repo_url(repo, "issues")),
            " · ",
            el("a", plural(pulls, "open pull request"), href=repo_url(repo, "pulls")),
            class_="muted",
        )
        link = el("a", repo.full_name, href=repo_url(repo), class_="title")
        role = f"your role: {repo.role(visit.person)}" if visit.person else "signed out"
        description = el("div", repo.description) if repo.description else None
        rows.append(el("li", el("div", link, description, counts), el("span", role, class_="muted")))
    return el(
        "ul", rows or el("li", "No repository yet.", class_="muted"), class_="rows", id="repositories", data_live=True
    )


async def front(visit: Visit) -> Page:
    """All repositories, and who there is."""
    repos = [repo for repo in visit.world.repositories.values() if visit.sees(repo)]
    persons = [el("li", avatar(one), el("a", one.login, href=f"/{one.login}")) for one in people(visit.world)]
    apps = [el("li", avatar(app.bot), el("a", app.name, href=f"/apps/{app.slug}")) for app in visit.world.apps.values()]
    you: Child = ["You act as ", el("strong", visit.person.login), "."] if visit.person else "You are signed out."
    intro = el("p", "A GitHub for one machine. ", you, " Switch at the top of every page.")
    aside = el(
        "aside",
        el("section", el("h2", "People"), el("ul", persons, class_="plain people")),
        el("section", el("h2", "Apps"), el("ul", apps, class_="plain people")) if apps else None,
    )
    main = el("div", _repositories(visit, repos), class_="wide")
    return Page("Repositories", join(el("h1", "Repositories"), intro, el("div", main, aside, class_="columns")))


async def account(visit: Visit) -> Page:
    """One account's repositories."""
    one = visit.world.user(visit.part("owner"))
    repos = [repo for repo in visit.world.repositories.values() if repo.owner is one and visit.sees(repo)]
    title = el("h1", avatar(one), " ", one.login, el("span", one.type, class_="mark"))
    return Page(one.login, join(title, _repositories(visit, repos)))


async def app_page(visit: Visit) -> Page:
    """What an App may do, and where it is installed."""
    slug = visit.part("slug").removesuffix("[bot]")
    app = next((one for one in visit.world.apps.values() if one.slug == slug), None)
    if app is None:
        raise not_found()
    may = el("ul", [el("li", f"{name}: {level}") for name, level in sorted(app.permissions.items())])
    where = [one for one in visit.world.installations.values() if one.app is app]
    on = [
        el("li", one.account.login, " (suspended)" if one.suspended else None, ": ", ", ".join(
            repo.full_name for repo in visit.world.repositories.values() if one.covers(repo) and visit.sees(repo)
        ))
        for one in where
    ]  # fmt: skip
    return Page(
        app.name,
        join(
            el("h1", avatar(app.bot), " ", app.name, el("span", "App", class_="mark")),
            el("h2", "Permissions"), may,
            el("h2", "Events"), el("p", ", ".join(sorted(app.events)) or "none"),
            el("h2", "Installed on"), el("ul", on) if on else el("p", "nothing"),
            el("p", el("a", "Its webhook deliveries", href="/deliveries")),
        ),
    )  # fmt: skip


async def picture(visit: Visit) -> web.Response:
    """A circle with an initial: no picture is loaded from anywhere."""
    number = visit.number("id")
    one = next((user for user in visit.world.users.values() if user.id == number), None)
    if one is None:
        raise not_found()
    shape = {"width": 40, "height": 40, "rx": 8 if one.type == "Bot" else 20, "fill": COLORS[number % len(COLORS)]}
    words = el(
        "text",
        one.login[:1].upper(),
        x=20,
        y=27,
        fill="#fff",
        text_anchor="middle",
        font_size=20,
        font_family="sans-serif",
    )
    svg = el("svg", el("rect", **shape), words, xmlns=SVG, viewBox="0 0 40 40")
    headers = {"Cache-Control": "public, max-age=86400"}
    return web.Response(text=svg, content_type="image/svg+xml", headers=headers)


async def icon(_: Visit) -> web.Response:
    """The site's sign: a branch that is grafted on."""
    line = {"fill": "none", "stroke": "#1a7f37", "stroke_width": 3}
    branch = el("path", d="M10 28V4M10 20C10 14 22 16 22 8", **line)
    svg = el("svg", branch, el("circle", cx=22, cy=7, r=4, fill="#0969da"), xmlns=SVG, viewBox="0 0 32 32")
    return web.Response(text=svg, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


async def installed(visit: Visit) -> str:
    """An installation is shown on its App's page."""
    one = visit.world.installations.get(visit.number("id"))
    if one is None:
        raise not_found()
    return f"/apps/{one.app.slug}"


ROUTES: list[Route] = [
    ("GET", "/favicon.ico", icon),
    ("GET", r"/settings/installations/{id:\d+}", installed),
    ("GET", "/", front),
    ("GET", r"/avatars/u/{id:\d+}", picture),
    ("GET", "/apps/{slug}", app_page),
    ("GET", OWNER, account),
]
