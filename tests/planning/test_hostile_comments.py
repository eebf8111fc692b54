"""Comments that nobody wrote in good faith: CommonMark's own parser as a judge, properties, and time."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.planning.commands import PAYLOADS, parse
from tests.effort import soon

MARKDOWN = MarkdownIt("commonmark")
LINES = st.sampled_from(
    [
        "/apply", "/apply x", "/rollback", "text", "", "", "```", "```", "````", "~~~", "``` a", "  ```", "    ```", "    x",
        "\tx", "> q", "> ```", ">", "- a", "-", "- ```", "  ```", "  x", "1. a", "2) b", "1. ```", "   ```", "- - a", "> - b",
        "---", "***", "===", "# h", "a `b", "c` d", "`", "``", "\\`", "<!--", "-->", "<!-- a -->", "x <!-- y", "z -->",
        "<div>", "</div>", "<b>", "<pre>", "</pre>", "<details>", "<?", "?>", "+\tx", "\t- y", "-\t```", " \t/apply", "*",
        "10. a", "    - z", "<i a='", "'>", "<!x", ">x", "> > y", ">     z", "-     w", "1.  ", "   1. k",
    ]
)  # fmt: skip
BODIES = st.lists(LINES, max_size=14).map("\n".join)


def judged(body):
    """The commands and blocks that markdown-it's tokens hold; ``None`` where HTML goes on through other blocks."""
    commands, blocks, quotes = [], [], 0
    lines = body.split("\n")
    for token in MARKDOWN.parse(body):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type in {"html_block", "html_inline"} and _stays_open(token.content):
            return None
        if token.type == "fence" and not quotes:
            blocks.append((token.info.strip(), token.content))
        if token.type != "inline":
            continue
        number = token.map[0]
        fresh = True
        for child in token.children:
            if child.type == "text" and fresh and child.content.startswith("/") and lines[number].startswith("/"):
                commands.append(number + 1)
            fresh = child.type in {"softbreak", "hardbreak"}
            number += fresh + child.content.count("\n")
            if child.type == "code_inline":  # its line ends have become spaces
                return None
    return commands, blocks


def _stays_open(html):
    """Whether a comment may go on behind this HTML: there are more starts than ends, or a start comes last."""
    return html.count("<!--") > html.count("-->") or html.rfind("<!--") > html.rfind("-->")


@settings(max_examples=800, deadline=None)
@example("<div>\n-->\n<!--\n\n/apply")
@given(BODIES)
def test_another_parser_agrees(body):
    there = judged(body)
    if there is None or "<pre" in body:
        return
    found = parse(body)
    assert [one.line for one in found.commands] == there[0]
    assert [(block.info, block.text.removesuffix("\n")) for block in found.blocks] == [
        (info, text.removesuffix("\n")) for info, text in there[1]
    ]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text("/`~<>!-[]\\ \t\r\n\"'=aA@0#*+1.", max_size=200), BODIES))
def test_nothing_is_too_strange(body):
    found = parse(body)
    assert found == parse(body)
    keys = [one.key for one in found.commands]
    assert len(keys) == len(set(keys))
    assert [one.line for one in found.commands] == sorted({one.line for one in found.commands})


@given(BODIES, st.sampled_from(["`", "~"]), st.integers(3, 9), st.sampled_from(["\n", "\r\n"]))
def test_what_is_wholly_in_a_fence_is_no_command_and_comes_back_exactly(text, tick, more, end):
    mark = tick * (more + 6)
    body = f"{mark} patch /x\n{text}\n{mark}\n".replace("\n", end)
    found = parse(body)
    assert found.commands == ()
    (block,) = found.blocks
    assert (block.info, block.text, block.line, block.closed) == ("patch /x", text + "\n", 2, True)
    assert [one.name for one in parse(f"{body}/apply{end}{body}").commands] == ["apply"]


WORDS = st.text("abcdefXYZ09-./", min_size=1, max_size=12)


@given(
    st.lists(st.tuples(st.sampled_from(["apply", "rollback", "help"]), st.lists(WORDS, max_size=3)), max_size=6), BODIES
)
def test_commands_come_back_as_they_were_written(written, patch):
    asked = "".join(f"/{name} {' '.join(words)}\n" for name, words in written)
    found = parse(f"{asked}\n``````\n{patch}\n``````\n")
    assert [(one.name, list(one.arguments)) for one in found.commands] == written
    assert [one.line for one in found.commands] == list(range(1, len(written) + 1))
    last = max((at for at, (name, _) in enumerate(written) if name in PAYLOADS), default=None)
    assert [bool(one.blocks) for one in found.commands] == [at == last for at in range(len(written))]


HOSTILE = {
    "quotes": ">" * 65_000,
    "quotes again": (">" * 40 + "\n") * 1600,
    "lists": "- " * 30_000 + "\n" * 5_000,
    "lists and blanks": "- " * 100 + "\n" * 65_000,
    "deeper": "".join(" " * (2 * at) + "- x\n" for at in range(250)),
    "empty items": "-\n" * 32_000,
    "numbers": "1. " * 21_000,
    "ticks": "`" * 65_000,
    "all lengths of ticks": " ".join("`" * at for at in range(1, 360)),
    "tags": "<a " * 21_000,
    "half tags": "<a b='" * 10_000,
    "a tag": "<a" + " a" * 32_000,
    "comments": "<!--" * 16_000,
    "a comment": "x <!-- " + "/apply\n" * 9_000,
    "declarations": "<!a" * 21_000,
    "white space": " " * 65_000 + "x",
    "tabs": "\t" * 65_000,
    "fences": "```\n" * 16_000,
    "open fence": "~~~~" * 16_000,
    "html": "<div>\n" * 10_000,
    "code": "<code>\n\n" * 8_000,
    "dashes": "a\n" + "-" * 60_000 + "x",
    "breaks": "- " * 30_000 + "x",
    "commands": "/apply\n" * 9_000,
    "commands and blocks": "/apply\n```\n```\n" * 4_000,
    "one command": "/apply " + "x " * 30_000,
    "a long word": "/" + "a" * 65_000,
    "comments after a command": "/apply " + "<!-- -->" * 8_000,
    "heads": "/apply " + "@abcdef0 " * 7_000,
    "carriage returns": "\r" * 65_000,
}


@pytest.mark.parametrize("body", [pytest.param("/x\n" + body, id=name) for name, body in HOSTILE.items()])
def test_no_comment_takes_long(body):
    assert soon(parse, body, 1.5)
