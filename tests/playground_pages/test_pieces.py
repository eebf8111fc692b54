"""Markdown, flowcharts, diffs and issue forms by themselves."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.boxes import boxes, ticked
from bot.playground.git_diff import FileChange
from bot.playground.pages import diffs
from bot.playground.pages.forms import parse
from bot.playground.pages.html import el, escape, safe_link
from bot.playground.pages.markdown import render
from bot.playground.pages.mermaid import draw
from bot.playground.pages.yaml import read
from tests.effort import soon
from tests.playground_pages.conftest import Document


def test_references_become_links_in_text_only():
    made = render("#12 `#13` @ada a@b.c x#14 " + "a" * 40 + " https://a.example/x.", "/o/r")
    links = [(one.attrs["href"], one.text) for one in Document(made).elements if one.tag == "a"]
    assert links == [
        ("/o/r/issues/12", "#12"), ("/ada", "@ada"), ("/o/r/commit/" + "a" * 40, "a" * 12), ("https://a.example/x", "https://a.example/x"),
    ]  # fmt: skip


def test_links_of_unknown_schemes_are_text():
    tags = [
        one.tag
        for one in Document(render("[a](foo:bar) <foo:bar> [b](file:///x) [c](https://x.example) [d](x/y)")).elements
    ]
    assert tags.count("a") == 2


def test_what_the_bots_comments_use():
    made = render(
        "<!-- graftsman:plan issue=1 -->\n### A\n\n<details open><summary>Why `x`</summary>\n\n- a\n\n</details>\n\n<sub>small</sub>"
    )
    assert "graftsman:plan" not in made
    tags = [one.tag for one in Document(made).elements]
    assert tags == ["h3", "details", "summary", "ul", "li", "p", "sub"]


PARTS = ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>", "<!--", "-->", "<script>", "</div>", "- ", "\n\n", "\n",
         "x", "`", "```", "> ", "|", "[a](", ")", "**", "<", ">", '"', "&", "\t", "1. ", "<br>", "#1", "@a", "~~", "http://a", "<sub/>", "- [ ] ", "- [x] a", "\r"]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_every_body_stays_in_its_box(text):
    document = Document(f"<article>{render(text, '/o/r')}</article><p>after</p>")
    assert document.elements[-1].parent is None
    known = "article p details summary sub input ul ol li a br hr em strong s code pre table thead tbody tr th td blockquote h1 h2"
    assert {one.tag for one in document.elements} <= {*known.split()}
    assert not any(name.startswith("on") for one in document.elements for name in one.attrs)


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_every_button_of_a_body_is_one_of_its_boxes(text):
    document = Document(render(text, "/o/r", live=True))
    keys = {box.key for box in boxes(text)}
    buttons = [one for one in document.elements if one.tag == "button"]
    assert {one.attrs["value"].partition(".")[0] for one in buttons} <= keys
    assert len({one.attrs["value"] for one in buttons}) == len(buttons)


def test_a_box_is_called_by_the_words_that_are_read():
    text = "- [ ] Start [#3](/o/r/issues/3) <!-- graftsman:dashboard start=3 --> `now` **and** <b> here\n  and below\n"
    document = Document(render(text, "/o/r", live=True))
    (button,) = [one for one in document.elements if one.tag == "button"]
    assert button.attrs["aria-label"] == "Start #3 now and <b> here"


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_a_click_changes_its_box_alone_and_a_second_one_takes_it_back(text):
    found = list(boxes(text))
    for at, box in enumerate(found):
        changed = ticked(text, box, on=not box.on)
        now = list(boxes(changed))
        assert [one.on for one in now] == [one.on != (i == at) for i, one in enumerate(found)]
        assert ticked(changed, now[at], on=box.on).replace("[X]", "[x]") == text.replace("[X]", "[x]")


@pytest.mark.parametrize(
    "text", ["<!--" * 16_000, "<sub>" * 13_000, "[" * 60_000, "`" * 60_000, "<details>\n\n" * 5_000, "#1 " * 20_000]
)
def test_hostile_bodies_are_rendered_to_their_end(text):
    assert soon(lambda some: Document(render(some, "/o/r")), text, 5)


@pytest.mark.parametrize(("url", "good"), [
    ("/a", True), ("#a", True), ("?a=b", True), ("https://a.b", True), ("HTTP://a", True), ("mailto:a@b", True), ("a/b:c", True), ("", True),
    ("javascript:x", False), (" javascript:x", False), ("java\nscript:x", False), ("data:x", False), ("JAVASCRIPT:x", False), ("\\\\evil", False),
    ("x:y", False), ("vbscript:x", False), ("http:x", False),
])  # fmt: skip
def test_links(url, good):
    assert safe_link(url) is good
    if not good:
        with pytest.raises(ValueError, match="not a link"):
            el("a", "x", href=url)


@given(st.text())
def test_escaped_text_is_text(value):
    document = Document(f'<p title="{escape(value)}">{escape(value)}</p>')
    assert len(document.elements) == 1
    escape(value).encode()


GRAPH = """flowchart LR
  f0["shared-types"]:::merged
  f1["terminal"]:::open
  f2["late"]:::open
  f0 --> f1
  f1 --> f2
  f0 --> f2
  classDef merged fill:#1a7f37,color:#fff
  classDef open fill:#0969da,color:#fff
"""


def test_a_flowchart_is_drawn_from_left_to_right():
    svg = Document(draw(GRAPH))
    texts = {one.text: float(one.attrs["x"]) for one in svg.elements if one.tag == "text"}
    assert texts["shared-types"] < texts["terminal"] < texts["late"]
    assert {"merged", "open"} <= texts.keys()
    assert "shared-types before terminal" in svg.elements[0].attrs["aria-label"]
    assert len([one for one in svg.elements if one.attrs.get("class") == "edge"]) == 3
    down = {
        one.text: float(one.attrs["y"])
        for one in Document(draw(GRAPH.replace("LR", "TD"))).elements
        if one.tag == "text"
    }
    assert down["shared-types"] < down["terminal"] < down["late"]


def test_boxes_of_a_flowchart_do_not_overlap():
    lines = ["flowchart LR", *(f'  n{i}["folder number {i}"]:::x' for i in range(40))]
    lines += [f"  n{i} --> n{j}" for i in range(40) for j in range(i + 1, 40) if (i * 7 + j) % 11 == 0]
    boxes = [
        tuple(float(one.attrs[key]) for key in ("x", "y", "width", "height"))
        for one in Document(draw("\n".join(lines))).elements
        if one.tag == "rect"
    ]
    assert len(boxes) == 40
    for at, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[at + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def plan(direction="LR"):
    """Sixty tasks in three lanes, with ninety dependencies, a critical path and long titles."""
    lines = [f"flowchart {direction}", "  %% tasks"]
    for lane in range(3):
        lines += [f'  subgraph l{lane}["Lane {lane}: a title (of some length)"]', "    direction LR"]
        lines += [
            f'    t{i}["#35;{i} Move the folder of number {i} to where it belongs (soon)"]' for i in range(lane, 60, 3)
        ]
        lines.append("  end")
    edges = [(i, j) for i in range(60) for j in range(i + 1, min(i + 9, 60)) if (i * 7 + j) % 5 == 0]
    lines += [f"  t{i} {'==>' if i % 4 == 0 else '-->'} t{j}" for i, j in edges]
    lines += ["  class t0,t3 done;", "  t4:::ready", "  linkStyle 0,2 stroke:#cf222e,stroke-width:4px"]
    lines += ["  classDef done fill:#1a7f37,color:#fff,stroke:#000,stroke-width:2px", "  classDef ready fill:#0969da"]
    return "\n".join(lines), edges


def apart(boxes):
    for at, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[at + 1 :]:
            if not (x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y):
                return False
    return True


@pytest.mark.parametrize("direction", ["LR", "TD"])
def test_a_plan_is_drawn_in_its_lanes(direction):
    text, edges = plan(direction)
    svg = Document(draw(text)).elements
    rects = [
        (one.attrs.get("class"), tuple(float(one.attrs[key]) for key in ("x", "y", "width", "height")))
        for one in svg
        if one.tag == "rect" and one.attrs["height"] != "12"
    ]
    frames = [box for kind, box in rects if kind == "group"]
    nodes = [box for kind, box in rects if kind is None]
    assert (len(frames), len(nodes)) == (3, 60)
    assert apart(nodes)
    assert apart(frames)
    for at, (x, y, w, h) in enumerate(nodes):
        left, top, wide, high = frames[at // 20]
        assert left <= x
        assert x + w <= left + wide
        assert top + 18 < y
        assert y + h <= top + high
    width, height = float(svg[0].attrs["width"]), float(svg[0].attrs["height"])
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for _, (x, y, w, h) in rects)
    kinds = [one.attrs["class"] for one in svg if one.attrs.get("class", "").startswith("edge")]
    assert kinds == ["edge thick" if i % 4 == 0 else "edge" for i, _ in edges]
    own = [one for one in svg if one.attrs.get("stroke") == "#cf222e"]
    assert [one.attrs["stroke-width"] for one in own] == ["4", "4"]
    words = [one.text for one in svg if one.tag == "text"]
    assert "#7 Move the folder of number 7 to where it belongs (soon)".replace(" ", "") in [
        text.replace(" ", "") for text in words
    ]
    assert {"Lane 0: a title (of some length)", "done", "ready"} <= {*words}


def test_labels_are_read_as_mermaid_means_them():
    text = 'flowchart LR\n  a["x (y) #quot;z#quot;<br/>&"] ==> b{{"B"}} -.-> c\n  d[plain words]:::k\n  a --> c'
    svg = Document(draw(text)).elements
    assert [one.text for one in svg if one.tag == "title"] == ['x (y) "z" &', "B", "c", "plain words: k"]
    assert [one.text for one in svg if one.tag == "tspan"][:2] == ['x (y) "z"', "&"]


@pytest.mark.parametrize("text", [
    'flowchart LR\n  a["x"]:::x\n  classDef x fill:url(#a),color:#000', "sequenceDiagram\n  a ->> b: x", "flowchart LR\n  a --> b\n  b --> a", "flowchart LR", "", "flowchart LR\n  a o--o b", "flowchart LR\n  subgraph a\n  b", "flowchart LR\n  subgraph a\n  subgraph b\n  c\n  end\n  end", "flowchart LR\n  a\n  linkStyle 0 stroke:red", "flowchart LR\n  a\n  end", 'flowchart LR\n  click a href "x"',
    "flowchart LR\n" + "\n".join(f"  n{i} --> n{i + 1}" for i in range(400)),
])  # fmt: skip
def test_other_pictures_stay_code(text):
    assert draw(text) is None
    assert "<pre>" in render(f"```mermaid\n{text}\n```")


def _change(path, status="modified", previous=None):
    return FileChange(path, status, "0" * 40, "100644", previous, 1, 1)


def test_large_diffs_are_folded_and_very_large_ones_cut():
    small, large = "@@ -1,2 +1,2 @@\n a\n-b\n+c", "@@ -0,0 +1,400 @@\n" + "\n".join(["+x"] * 400)
    page = Document(diffs.show([_change("a"), _change("b"), _change("c", "renamed", "d")], [small, large, None]))
    files = [one for one in page.elements if one.tag == "details"]
    assert ["open" in one.attrs for one in files] == [True, False, True]
    assert "d → c" in files[2].text
    assert "Moved without a change." in files[2].text
    numbers = [row.text for row in page.elements if row.tag == "tr"][:4]
    assert numbers == ["…@@ -1,2 +1,2 @@", "11 a", "2-b", "2+c"]
    many = [_change(f"f{i}") for i in range(diffs.FILES + 5)]
    assert "5 more files not shown here" in diffs.show(many, [small] * len(many))


def test_yaml_of_issue_forms():
    assert read("a: 1\nb:\n  - x\n  - c: 'it''s'\n    d: |\n      one\n\n      two\n  -\n    e: >-\n      f\n      g\nh: [p, \"q\"]  # no\ni:\nj: \"a\\nb\"\n") == {
        "a": "1", "b": ["x", {"c": "it's", "d": "one\n\ntwo\n"}, {"e": "f g"}], "h": ["p", "q"], "i": "", "j": "a\nb",
    }  # fmt: skip


@pytest.mark.parametrize("text", [
    "a: &x 1", "a: *x", "a: !t 1", "a: {b: c}", "a: 1\na: 2", "\ta: 1", "a: 'x", "just words", "a: 1\n   b: 2", "- a\nb: 1", "a: [x, [y]]", "a: |2\n  x",
    "\n".join("  " * i + "a:" for i in range(60)),
])  # fmt: skip
def test_yaml_that_is_not_understood_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read(text)
    assert parse(0, text) is None


@given(st.text(alphabet="ab:-|>[]'\"# \n,", max_size=60))
def test_yaml_never_fails_otherwise(text):
    with contextlib.suppress(ValueError):
        read(text)
