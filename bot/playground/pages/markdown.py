"""Bodies as GitHub shows them: Markdown with tables, task lists and references; hostile markup is shown, not obeyed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import takewhile
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from bot.playground.boxes import Box, boxes
from bot.playground.pages.html import Safe, el, escape, printable, safe_link
from bot.playground.pages.mermaid import draw

# The HTML that the bot's and people's comments use; whatever else looks like a tag is shown as text.
_TAG = re.compile(
    r"<!--(?:(?!<!--).)*?-->|<(/?)(details|summary|sub|sup|kbd|br)((?: open)?)\s*/?>", re.IGNORECASE | re.DOTALL
)
_ELEMENT = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
DEEPEST = 100
"""How deep tags of a body may be nested; deeper ones are left out."""
_VOID = {"br", "hr", "input"}
_AUTO = re.compile(
    r"(?P<url>https?://[^\s<>\"'`]+)"
    r"|(?<![\w/&])#(?P<number>[1-9]\d{0,8})\b"
    r"|(?<![\w/@.])@(?P<login>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))"
    r"|(?<![\w/])(?P<oid>[0-9a-f]{40})(?!\w)"
)


def _raw(tokens: Sequence[Token], index: int, *_: Any) -> str:
    text = tokens[index].content
    out: list[str] = []
    at = 0
    for tag in _TAG.finditer(text):
        out.append(escape(text[at : tag.start()]))
        if tag[2]:
            out.append(
                f"<{tag[1]}{tag[2].lower()}{tag[3].lower()} data-raw>"
                if not tag[1]
                else f"</{tag[2].lower()} data-raw>"
            )
        at = tag.end()
    return "".join([*out, escape(text[at:])])


def _fence(tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    language = token.info.strip().split(" ")[0].lower()
    if language == "mermaid" and (drawn := draw(token.content)):
        return f'<div class="scroll">{drawn}</div>'
    return f"<pre><code>{escape(token.content)}</code></pre>\n"


def _image(tokens: Sequence[Token], index: int, *_: Any) -> str:
    """A link in its place: no page here makes a browser load something from elsewhere."""
    token = tokens[index]
    words = escape(token.content or "image")
    source = str(token.attrGet("src") or "")
    return f'<a href="{escape(source)}" rel="nofollow noopener">{words} (image)</a>' if safe_link(source) else words


def _link(href: str) -> Token:
    return Token("link_open", "a", 1, attrs={"href": href})


def _auto(text: str, base: str) -> list[Token]:
    made: list[Token] = []
    at = 0
    for found in _AUTO.finditer(text):
        words = found[0]
        if found["url"]:
            words = words.rstrip(".,:;!?)*_~")
            href = words
        elif found["number"]:
            href = f"{base}/issues/{found['number']}"
        elif found["oid"]:
            href = f"{base}/commit/{found['oid']}"
        else:
            href = f"/{found['login']}"
        if not base and not found["url"]:
            continue
        made += [Token("text", "", 0, content=text[at : found.start()]), _link(href)]
        shown = words[:12] if found["oid"] else words
        made += [Token("text", "", 0, content=shown), Token("link_close", "a", -1)]
        at = found.start() + len(words)
    return [*made, Token("text", "", 0, content=text[at:])]


def _references(state: StateCore) -> None:
    """Makes links of addresses, numbers, people and commits in plain text, outside links and code."""
    for block in state.tokens:
        if block.type != "inline" or block.children is None:
            continue
        depth, out = 0, []
        for token in block.children:
            depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not depth:
                out += _auto(token.content, state.env.get("base", ""))
            else:
                out.append(token)
        block.children = out


def _tasks(state: StateCore) -> None:
    """``- [ ]`` and ``- [x]`` at the beginning of a list item become boxes."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        if found := re.match(r"\[([ xX])\]\s", first.content if first.type == "text" else ""):
            first.content = first.content[found.end() :]
            box = Token("box", "", 0, content="" if found[1] == " " else " checked")
            box.meta = {"line": inline.map[0] if inline.map else -1, "words": _first_line(inline.children)}
            inline.children.insert(0, box)


def _first_line(children: Sequence[Token]) -> str:
    """The words of the first line as they are read: without marks, hidden comments and addresses."""
    line = takewhile(lambda token: token.type not in {"softbreak", "hardbreak"}, children)
    words = [
        _TAG.sub("", token.content) if token.type == "html_inline" else token.content
        for token in line
        if token.type in {"text", "code_inline", "html_inline"}
    ]
    return " ".join("".join(words).split())


def _aligned(state: StateCore) -> None:
    """Alignment as a class: the pages' policy allows no style in an element."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)):
            token.attrs["class"] = str(style).removeprefix("text-align:")


def _box(tokens: Sequence[Token], index: int, _options: Any, env: dict[str, Any]) -> str:
    """A box; one that may be clicked is a button, so that it works with the keyboard and without a script."""
    done, meta = tokens[index].content, tokens[index].meta
    box: Box | None = env["boxes"].get(meta["line"])
    if box is not None:
        sign, turn, checked = ("☑", "off", "true") if box.on else ("☐", "on", "false")
        told = {"value": f"{box.key}.{turn}", "role": "checkbox", "aria_checked": checked, "aria_label": meta["words"]}
        return el("button", sign, type="submit", name="box", class_="tickbox", **told) + " "
    return f'<input type="checkbox" disabled{done} aria-label="{"done" if done else "to do"}"> '


@cache
def _parser(*, breaks: bool) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True, "breaks": breaks, "xhtmlOut": False}).enable(
        ["table", "strikethrough"]
    )
    made.validateLink = safe_link  # type: ignore[method-assign]
    made.core.ruler.push("references", _references)
    made.core.ruler.before("references", "tasks", _tasks)
    made.core.ruler.push("aligned", _aligned)
    rules = {"html_inline": _raw, "html_block": _raw, "fence": _fence, "image": _image, "box": _box}
    for name, rule in rules.items():
        made.renderer.rules[name] = rule  # type: ignore[attr-defined]
    return made


def _balanced(markup: str) -> str:
    """Closes what a body left open and drops what it closes without having opened it: it cannot leave its box."""
    stack: list[tuple[str, bool]] = []
    out, at = [], 0
    for tag in _ELEMENT.finditer(markup):
        out.append(markup[at : tag.start()])
        at = tag.end()
        name, raw = tag[2], tag[3].endswith("data-raw")
        words = f"<{tag[1]}{name}{tag[3].removesuffix(' data-raw')}>"
        if name in _VOID or tag[3].endswith("/"):
            out.append(words)
        elif not tag[1] and raw and len(stack) >= DEEPEST:
            continue
        elif not tag[1]:
            stack.append((name, raw))
            out.append(words)
        elif not raw:
            while stack and stack[-1] != (name, False):
                out.append(f"</{stack.pop()[0]}>")
            out.append(words if stack else "")
            stack = stack[:-1]
        elif (name, True) in stack[max((i for i, (_, own) in enumerate(stack) if not own), default=-1) + 1 :]:
            while stack[-1] != (name, True):
                out.append(f"</{stack.pop()[0]}>")
            stack.pop()
            out.append(words)
    out.append(markup[at:])
    return "".join([*out, *(f"</{name}>" for name, _ in reversed(stack))])


@lru_cache(maxsize=512)
def render(text: str, base: str = "", *, breaks: bool = True, live: bool = False) -> Safe:
    """A body as HTML. ``base`` is the repository's address, to which ``#12`` and commits lead; without it none do.

    With ``live`` the boxes of task lists are buttons named ``box``, for a form around it.
    """
    env = {"base": base, "boxes": {box.line: box for box in boxes(text)} if live else {}}
    return Safe(_balanced(_parser(breaks=breaks).render(printable(text), env)))
