"""One request of a page: who acts, on which repository, and how forms are kept from being posted by other sites."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from bot.playground.pages.html import Child, Safe, el, path_url
from bot.playground.problems import Problem, forbidden, not_found
from bot.playground.state import Actor, Repository, User, World

PERSON, SESSION = "playground_person", "playground_session"
NOBODY = "-"
_KEY = secrets.token_bytes(32)
Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


@dataclass(frozen=True)
class Page:
    """What a handler answers with: the title, and what stands under the site's header."""

    title: str
    body: Safe
    status: int = 200


@dataclass(frozen=True)
class Visit:
    """A request. ``person`` is whom the visitor acts as, ``None`` for nobody; ``form`` is empty unless posted."""

    world: World
    request: web.Request
    person: User | None
    session: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """What this visitor's forms carry and other sites cannot know."""
        return hmac.new(_KEY, self.session.encode(), hashlib.sha256).hexdigest()

    @property
    def actor(self) -> Actor:
        """Whom an act is done as. Raises a 403 ``Problem`` for nobody."""
        if self.person is None:
            raise forbidden("Choose whom you act as first, at the top of the page.")
        return Actor(self.person)

    @property
    def repo(self) -> Repository:
        """The repository of the address. Raises a 404 ``Problem`` where the person may not see it."""
        repo = self.world.repo(f"{self.part('owner')}/{self.part('repo')}")
        if not self.sees(repo):
            raise not_found()
        return repo

    def part(self, name: str) -> str:
        """A named part of the address."""
        return self.request.match_info[name]

    def number(self, name: str = "number") -> int:
        """A number of the address. Raises a 404 ``Problem`` for one that is too long to be there."""
        text = self.part(name)
        if len(text) > 12:
            raise not_found()
        return int(text)

    def rest(self, skip: int) -> str:
        """The address after so many parts, decoded to the byte."""
        return "/".join(unquote(self.request.rel_url.raw_path, errors="surrogateescape").split("/")[skip + 1 :])

    def query(self, name: str, default: str = "") -> str:
        """A field of the query."""
        return str(self.request.query.get(name, default))

    def field(self, name: str, default: str = "") -> str:
        """A posted field, with line ends as ``\\n``."""
        return self.fields.get(name, [default])[0].replace("\r\n", "\n")

    def prose(self, name: str, before: str | None = None) -> str:
        """A posted body with line ends as ``\\r\\n``, as browsers send and GitHub stores them.

        ``before`` is what stood there: it stays when nothing but line ends would change.
        """
        text = self.field(name)
        if before is not None and text == before.replace("\r\n", "\n"):
            return before
        return text.replace("\n", "\r\n")

    def sees(self, repo: Repository) -> bool:
        """Whether the visitor may look at a repository; a public one is open to nobody in particular, too."""
        return not repo.private if self.person is None else repo.may(self.person, "read")

    def may(self, repo: Repository, role: str) -> bool:
        """Whether the person has this role; never in an archived repository, which is only for reading."""
        return self.person is not None and not repo.archived and repo.may(self.person, role)

    def need(self, repo: Repository, role: str, *, own: User | None = None) -> None:
        """Raises a 403 ``Problem`` unless the person has this role, or reads here and is ``own``."""
        if own is not None and own is self.person and self.may(repo, "read"):
            return
        if not self.may(repo, role):
            _ = self.actor
            raise forbidden(f"This needs the role “{role}” in {repo.full_name}, which you do not have.")

    def form(self, action: str, *children: Child, **attributes: object) -> Safe:
        """A form that posts, with the token."""
        token = el("input", type="hidden", name="token", value=self.token)
        return el("form", token, *children, method="post", action=action, **attributes)


def repo_url(repo: Repository, *parts: str) -> str:
    """The address of something in a repository."""
    return path_url(repo.owner.login, repo.name, *parts)


def visitor(world: World, request: web.Request) -> Visit:
    """Reads the cookies. Who has not chosen yet acts as the likeliest person."""
    login = request.cookies.get(PERSON, "")
    person = world.users.get(login.lower())
    if person is None and login != NOBODY:
        person = _likely(world)
    elif person is not None and person.type != "User":
        person = None
    session = request.cookies.get(SESSION, "")
    return Visit(world, request, person, session if len(session) == 43 else secrets.token_urlsafe(32))


def _likely(world: World) -> User | None:
    """The first person who has a role somewhere, else the first of all."""
    everybody = people(world)
    named = [one for one in everybody if any(one.login.lower() in repo.roles for repo in world.repositories.values())]
    return next(iter([*named, *everybody]), None)


def people(world: World) -> list[User]:
    """Whom one can act as."""
    return [one for one in world.users.values() if one.type == "User"]


def _our_host(world: World, host: str) -> bool:
    """Whether this is a name we go by: another name may be a foreign one pointed at us (DNS rebinding)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name in {"localhost", urlsplit(world.web).hostname}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def posted(visit: Visit) -> Visit:
    """The same visit with the fields of its form. Raises a 403 ``Problem`` where another site may have posted it."""
    request = visit.request
    origin = request.headers.get("Origin")
    if not _our_host(visit.world, request.host) or (origin and urlsplit(origin).netloc != request.host):
        raise forbidden("This form was sent from another site.")
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem(415, "Only the forms of these pages can be posted here.")
    try:
        data: Form | MultiDict[str] = await request.post()
    except (ValueError, LookupError):
        raise Problem(400, "This form cannot be read.") from None
    fields: dict[str, list[str]] = {}
    for name, value in data.items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    given = fields.get("token", [""])[0]
    if not hmac.compare_digest(given.encode(errors="replace"), visit.token.encode()):
        raise forbidden("This form is not from here, or too old. Load the page again and repeat it.")
    return Visit(visit.world, request, visit.person, visit.session, fields)
