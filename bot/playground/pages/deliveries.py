"""Webhook deliveries: what was sent, what was answered, and sending it again."""

from __future__ import annotations

import json

from bot.playground.pages.html import Safe, el, join, when
from bot.playground.pages.layout import button
from bot.playground.pages.serve import Route
from bot.playground.pages.visit import Page, Visit
from bot.playground.problems import forbidden, not_found
from bot.playground.webhooks import Delivery

SHOWN = 200
LONGEST = 60_000
"""The most characters of a payload that a page shows."""


def _may(visit: Visit, one: Delivery) -> bool:
    """The App's owner, or an admin of what it is about: payloads hold what private repositories hold."""
    if visit.person is None:
        return False
    if one.app.owner is visit.person:
        return True
    repos = [repo for repo in visit.world.repositories.values() if one.repository_id in {None, repo.id}]
    if one.repository_id is None:
        repos = [repo for repo in repos if one.installation is not None and one.installation.covers(repo)]
    return bool(repos) and all(visit.may(repo, "admin") for repo in repos)


def _mark(one: Delivery) -> Safe:
    kind, sign = ("warn", "●") if not one.done else ("good", "✓") if one.status == "OK" else ("bad", "✗")
    return el("span", sign, class_=f"icon {kind}", role="img", aria_label=one.status, title=one.status)


def _name(one: Delivery) -> str:
    return f"{one.event}.{one.action}" if one.action else one.event


async def deliveries(visit: Visit) -> Page:
    """The newest deliveries that the person may see."""
    seen = [one for one in reversed(visit.world.hooks.deliveries) if _may(visit, one)]
    rows = []
    for one in seen[:SHOWN]:
        again = el("span", "redelivery", class_="mark") if one.redelivery else None
        answer = f"{one.status_code or one.status} in {one.duration:.2f} s" if one.done else "under way"
        about = el("div", one.app.name, " · ", when(one.delivered_at), " · ", answer, class_="muted")
        link = el("a", _name(one), href=f"/deliveries/{one.id}", class_="title")
        rows.append(el("li", _mark(one), el("div", link, " ", again, about), el("code", one.guid[:8])))
    none = el(
        "li", "Nothing that you may see. Owners of the App and admins of the repository see them.", class_="muted"
    )
    listed = el("ul", rows or none, class_="rows", id="list", data_live=True)
    return Page("Webhook deliveries", join(el("h1", "Webhook deliveries"), listed))


def _found(visit: Visit) -> Delivery:
    try:
        one = visit.world.hooks.find(visit.number("id"))
    except KeyError:
        raise not_found() from None
    if not _may(visit, one):
        raise not_found()
    return one


def _headers(headers: dict[str, str]) -> Safe:
    return el("pre", "\n".join(f"{name}: {value}" for name, value in headers.items()))


async def delivery(visit: Visit) -> Page:
    """One delivery: request and answer."""
    one = _found(visit)
    payload = json.dumps(one.payload, indent=2, ensure_ascii=False)
    if len(payload) > LONGEST:
        payload = f"{payload[:LONGEST]}\n… {len(payload) - LONGEST} more characters"
    again = visit.form(f"/deliveries/{one.id}/redeliver", button("Redeliver", "main"))
    body = el(
        "div",
        el("div", el("h1", _mark(one), " ", _name(one)), again, class_="row between"),
        el("p", one.app.name, " · ", when(one.delivered_at), f" · {one.status} · ", el("code", one.guid)),
        el("h2", "Request"),
        _headers(one.headers),
        el("details", el("summary", "Payload"), el("pre", payload), open=len(payload) < 4000),
        el("h2", f"Answer {one.status_code or ''}"),
        _headers(one.response_headers),
        el("pre", one.response_body[:LONGEST]) if one.response_body else None,
        id="delivery",
        data_live=True,
    )
    return Page(_name(one), body)


async def redeliver(visit: Visit) -> str:
    """Sends it again, under its guid."""
    if visit.person is None:
        raise forbidden("Choose whom you act as first, at the top of the page.")
    new = visit.world.hooks.redeliver(_found(visit).id)
    return f"/deliveries/{new.id}"


ROUTES: list[Route] = [
    ("GET", "/deliveries", deliveries),
    ("GET", r"/deliveries/{id:\d+}", delivery),
    ("POST", r"/deliveries/{id:\d+}/redeliver", redeliver),
]
