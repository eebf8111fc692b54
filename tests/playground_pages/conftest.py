"""A browser without a screen: it follows links, fills in forms and keeps cookies, and sees what a page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.playground import Playground

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    parent: Element | None
    text: str = ""

    def inside(self, tag: str) -> Element | None:
        at = self
        while at and at.tag != tag:
            at = at.parent
        return at


class Document(HTMLParser):
    """The elements of a page; end tags must match their start tags."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.at: Element | None = None
        self.feed(text)
        self.close()
        assert self.at is None, f"{self.at} is not closed"

    def handle_starttag(self, tag, attrs):
        one = Element(tag, {key: value or "" for key, value in attrs}, self.at)
        self.elements.append(one)
        if tag not in VOID:
            self.at = one

    def handle_endtag(self, tag):
        assert self.at is not None, f"</{tag}> closes nothing"
        assert self.at.tag == tag, f"</{tag}> does not close <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        at = self.at
        while at:
            at.text += data
            at = at.parent


@dataclass
class Seen:
    status: int
    url: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Document | None = None

    @property
    def elements(self) -> list[Element]:
        return self.document.elements if self.document else []

    def all(self, tag: str, **attrs: str) -> list[Element]:
        return [one for one in self.elements if one.tag == tag and attrs.items() <= one.attrs.items()]

    @property
    def words(self) -> str:
        return " ".join(self.all("main")[0].text.split())

    def buttons(self) -> list[str]:
        """Without the switch of persons, which everybody has."""
        found = [one for one in self.all("button") if one.inside("header") is None]
        return [one.attrs.get("aria-label") or one.text for one in found if "disabled" not in one.attrs]


class Browser:
    def __init__(self, base: str) -> None:
        self.base = base
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.page = Seen(0, "", "")

    async def _seen(self, answer: aiohttp.ClientResponse) -> Seen:
        text = await answer.text()
        html = answer.content_type == "text/html"
        self.page = Seen(answer.status, str(answer.url), text, answer.headers, Document(text) if html else None)
        return self.page

    async def open(self, path: str, status: int = 200, **headers: str) -> Seen:
        async with self.session.get(self.base + path, headers=headers) as answer:
            page = await self._seen(answer)
        assert page.status == status, page.text
        return page

    async def post(self, path: str, fields: list[tuple[str, str]] | dict[str, str], **headers: str) -> Seen:
        async with self.session.post(self.base + path, data=fields, headers=headers) as answer:
            return await self._seen(answer)

    async def press(self, words: str, status: int = 200, **given: str | list[str]) -> Seen:
        """Presses the button of these words, with the fields of its form as they stand or as given."""
        found = [
            one
            for one in self.page.all("button")
            if words in {one.text, one.attrs.get("aria-label")} and "disabled" not in one.attrs
        ]
        assert found, f"no button {words!r}: {self.page.buttons()}"
        forms = [one.inside("form") for one in found]
        form = next((one for one in forms if given.keys() <= {name for name, _ in self._fields(one)}), forms[0])
        fields = [pair for pair in self._fields(form) if pair[0] not in given]
        for name, value in given.items():
            fields += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        pressed = found[forms.index(form)].attrs
        if pressed.get("name"):
            fields.append((pressed["name"], pressed.get("value", "")))
        page = await self.post(form.attrs["action"], fields)
        assert page.status == status, page.text
        return page

    def _fields(self, form: Element) -> list[tuple[str, str]]:
        made = []
        for one in self.page.elements:
            if one.inside("form") is not form or "disabled" in one.attrs:
                continue
            name = one.attrs.get("name", "")
            if one.tag == "input" and (one.attrs["type"] not in {"checkbox", "radio"} or "checked" in one.attrs):
                made.append((name, one.attrs.get("value", "")))
            elif one.tag == "textarea":
                made.append((name, one.text.removeprefix("\n")))
            elif one.tag == "select":
                options = [o for o in self.page.all("option") if o.inside("select") is one]
                chosen = [o for o in options if "selected" in o.attrs]
                if not chosen and "multiple" not in one.attrs:
                    chosen = options[:1]
                made += [(name, o.attrs["value"]) for o in chosen]
        return made

    async def act_as(self, login: str) -> None:
        await self.open("/")
        await self.press("Switch", login=login)

    @property
    def token(self) -> str:
        return self.page.all("input", name="token")[0].attrs["value"]

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path


REPO = "acme/platform"


@pytest.fixture
async def playground(tmp_path):
    made = Playground(tmp_path / "playground", limits=False)
    async with made:
        for login in ("ada", "ben", "eve"):
            made.create_user(login)
        made.create_organization("acme")
        await made.create_repository("acme", "platform", files={"README.md": b"# Hello\n", "src/a.txt": b"one\ntwo\n"})
        made.set_permission(REPO, "ada", "admin")
        made.set_permission(REPO, "ben", "write")
        yield made


@pytest.fixture
async def browser(playground):
    made = Browser(playground.url)
    yield made
    await made.session.close()
