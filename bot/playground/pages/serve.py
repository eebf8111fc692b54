"""From a handler of a page to an answer: headers, cookies, ETags, and errors as sentences."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.playground.pages.html import path_url
from bot.playground.pages.layout import FILES, document, error_page, static_file
from bot.playground.pages.visit import NOBODY, PERSON, SESSION, Page, Visit, people, posted, visitor
from bot.playground.problems import Moved, Problem, not_found
from bot.playground.state import World

LOG = logging.getLogger(__name__)
Handler = Callable[[Visit], Awaitable[Page | str | web.Response]]
Route = tuple[str, str, Handler]
OWNER = r"/{owner:[A-Za-z0-9][A-Za-z0-9-]*}"
REPO = OWNER + r"/{repo:[A-Za-z0-9._-]+}"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie",
}


def told(problem: Problem) -> str:
    """A problem as a sentence: GitHub's message and its errors."""
    if problem.message == "Not Found":
        return "There is nothing here, or you may not see it."
    words = []
    for error in problem.errors or []:
        if isinstance(error, str):
            words.append(error)
        elif error.get("message"):
            words.append(str(error["message"]))
        else:
            codes = {"missing_field": "must be filled in", "already_exists": "is taken already"}
            words.append(
                f"{str(error.get('field', 'it')).capitalize()} {codes.get(str(error.get('code')), 'is not valid')}"
            )
    sentence = "; ".join(words) or problem.message
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _answer(visit: Visit, page: Page) -> web.Response:
    text = document(visit, page)
    tag = hashlib.sha256(text.encode()).hexdigest()[:32]
    if page.status == 200 and f'"{tag}"' in visit.request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers={"ETag": f'"{tag}"', "Cache-Control": HEADERS["Cache-Control"]})
    response = web.Response(text=text, content_type="text/html", status=page.status)
    response.headers["ETag"] = f'"{tag}"'
    return response


def handle(world: World, handler: Handler, *, posts: bool) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """An aiohttp handler. A posted form is checked before the handler sees it; a text answer is where to go next."""

    async def run(request: web.Request) -> web.StreamResponse:
        visit = visitor(world, request)
        try:
            if posts:
                visit = await posted(visit)
            result = await handler(visit)
            response = result if isinstance(result, web.Response) else None
            if isinstance(result, str):
                response = web.Response(status=303, headers={"Location": result})
            elif isinstance(result, Page):
                response = _answer(visit, result)
        except Moved as moved:
            full_name, number = moved.to
            response = web.Response(
                status=302, headers={"Location": path_url(*full_name.split("/"), "issues", str(number))}
            )
        except Problem as problem:
            response = _answer(visit, error_page(visit, problem.status, told(problem)))
        except web.HTTPException:
            raise
        except Exception:
            LOG.exception("page %s", request.path)
            sentence = "The playground could not make this page; its log says why."
            response = _answer(visit, error_page(visit, 500, sentence))
        if response is None:
            raise RuntimeError("a handler of a page answers with a page, an address or a response")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.cookies.get(SESSION) != visit.session:
            response.set_cookie(SESSION, visit.session, httponly=True, samesite="Lax", path="/")
        return response

    return run


async def act_as(visit: Visit) -> web.Response:
    """Switches the person and goes back to the page."""
    login, back = visit.field("login"), visit.field("back")
    if login != NOBODY and login not in {one.login for one in people(visit.world)}:
        raise not_found()
    here = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = web.Response(status=303, headers={"Location": back if here and back.isprintable() else "/"})
    response.set_cookie(PERSON, login, httponly=True, samesite="Lax", path="/")
    return response


async def static(visit: Visit) -> web.Response:
    """One of our files."""
    name = visit.part("name")
    if name not in FILES:
        raise not_found()
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=static_file(name)[0], content_type=FILES[name], charset="utf-8", headers=headers)


ROUTES: list[Route] = [("POST", "/-/act-as", act_as), ("GET", "/-/static/{name}", static)]
