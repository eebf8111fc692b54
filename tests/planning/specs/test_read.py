"""Reading specs: what is believed, what is a fault and where, what is content, and hostile files."""

from datetime import date

import pytest

from bot.contracts.tree import EXECUTABLE
from bot.errors import Refusal
from bot.planning.specs import read
from bot.planning.specs.read import read_spec, read_specs, split
from tests.migration.conftest import make_tree
from tests.planning.specs.samples import INDEX, SPEC, spec


def faults(text):
    data = text.encode() if isinstance(text, str) else text
    return [(fault.code, fault.place.line) for fault in read_spec(SPEC, data).faults]


def test_a_spec_is_read_with_the_line_of_every_key():
    made = read_spec(SPEC, spec(more="owners: [ann, team a]\nstatus: yes\nour_own: {a: [1]}\n").encode())
    assert made.faults == ()
    assert (made.front.id, made.front.title, made.front.owners) == ("one", "One thing", ("ann", "team a"))
    assert made.front.last_review == made.reviewed == date(2026, 11, 20)
    assert dict(made.lines) == {
        "id": 2, "title": 3, "covers": 4, "last_review": 5, "owners": 6, "status": 7, "our_own": 8,
    }  # fmt: skip
    assert made.covering("src/a/b.ts") and not made.covering("lib/a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# nothing\n", [("front-matter-missing", 1)]),
        ("", [("front-matter-missing", 1)]),
        ("---\nid: one\n", [("front-matter-missing", 1)]),
        ("\n---\nid: one\ntitle: x\n---\n", [("front-matter-missing", 1)]),
        ("---\n---\n", [("wrong-type", 2)]),
        ("---\n- id\n---\n", [("wrong-type", 2)]),
        ("---\nid: one\n---\n", [("missing-key", 2)]),
        ("---\ntitle: x\n---\n", [("missing-key", 2)]),
        ("---\nid: 0001\ntitle: x\n---\n", [("ambiguous-scalar", 2)]),
        ("---\nid: 'a b'\ntitle: x\n---\n", [("bad-value", 2)]),
        ("---\nid: one\ntitle: ''\n---\n", [("bad-value", 3)]),
        ("---\nid: one\ntitle: x\ncovers: src/**\n---\n", [("wrong-type", 4)]),
        ("---\nid: one\ntitle: x\ncovers:\n  - src/**\n  - 'src/'\n  - '../x'\n---\n", [("bad-glob", 6), ("bad-glob", 7)]),
        ("---\nid: one\ntitle: x\ncovers: [1, '/a']\n---\n", [("ambiguous-scalar", 4), ("bad-glob", 4)]),
        ("---\nid: one\nid: two\ntitle: x\n---\n", [("duplicate-key", 3)]),
        ("---\nid: one\ntitle: &a x\nstatus: *a\n---\n", [("anchor", 3)]),
        ("---\nid: one\ntitle: [\n---\n", [("bad-yaml", 4)]),
        ("---\nid: one\ntitle: !!python/object:os.system x\n---\n", [("tag", 3)]),
        (b"---\nid: one\ntitle: \xff\n---\n", [("not-utf8", 3)]),
    ],
)  # fmt: skip
def test_faults_stand_at_their_lines(text, expected):
    assert faults(text) == expected


def test_a_faulty_spec_says_what_it_would_cover_but_is_not_believed():
    made = read_spec(SPEC, b"---\nid: one\ncovers: ['src/**', '/x']\n---\n")
    assert made.front is None and made.covering("src/x") and made.id == "one"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("'2026-11-20'", date(2026, 11, 20)),
        ("2026-11-20T10:00:00Z", date(2026, 11, 20)),
        ("2026-11-31", None),
        ("2026-11-2", None),
        ("20261120", None),
        ("2026-11-20x", None),
        ("[2026-11-20]", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_day_is_a_day(value, expected):
    assert read_spec(SPEC, spec(last_review=value).encode()).reviewed == expected


def test_crlf_and_a_byte_order_mark_change_nothing_but_lines_are_right():
    plain = read_spec(SPEC, spec(body="- [ ] REQ-1: x\n").encode())
    both = read_spec(SPEC, b"\xef\xbb\xbf" + spec(body="- [ ] REQ-1: x\n").replace("\n", "\r\n").encode())
    assert (both.faults, both.lines, both.front) == ((), plain.lines, plain.front)
    assert [r.line for r in both.requirements] == [r.line for r in plain.requirements] == [7]


# --- content


SAME = [
    spec(last_review="2020-01-01"),
    spec(last_review=None),
    spec(more="status: approved\napprovals:\n  - {by: eve}\n"),
    spec(covers="\n  - src/**"),
    spec(title="'One thing'   # a comment"),
    "---\ntitle: One thing\nid: one\nlast_review: soon\ncovers: [src/**]\n---\n# One\n",
]
OTHERS = [
    spec(body="# One\n\n"),
    spec(body="# One\r\n"),
    spec(body=""),
    spec(title="One Thing"),
    spec(covers='["src/**", "lib/**"]'),
    spec(covers="[]"),
    spec(covers=None),
    spec(id="two"),
    spec(more="owners: [eve]\n"),
    spec(more="state: approved\n"),
    spec(more="Status: approved\n"),
]


@pytest.mark.parametrize("text", SAME)
def test_records_and_style_are_no_content(text):
    assert read_spec(SPEC, text.encode()).content == read_spec(SPEC, spec().encode()).content


@pytest.mark.parametrize("text", OTHERS)
def test_everything_else_is_content(text):
    assert read_spec(SPEC, text.encode()).content != read_spec(SPEC, spec().encode()).content


def test_front_matter_and_body_cannot_trade_places():
    made = [
        read_spec(SPEC, text.encode()).content
        for text in ("---\na: 1\n---\nb", "---\na: 1\n---\n", "---\na: 1\n---\n---\n")
    ]
    assert len(set(made)) == 3


# --- requirements


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("- [ ] REQ-12: text", [("REQ-12", False, "text")]),
        ("- [x] (REQ-12) text", [("REQ-12", True, "text")]),
        ("* [X] AUTH-LOGIN-3: a **b**", [("AUTH-LOGIN-3", True, "a **b**")]),
        ("1. [ ] R2-7:", [("R2-7", False, "")]),
        ("- a\n  - [ ] REQ-1: nested", [("REQ-1", False, "nested")]),
        ("- - [ ] REQ-1: x", [("REQ-1", False, "x")]),
        ("[ ] REQ-1: no item", []),
        ("  [ ] REQ-1: no item", []),
        ("text\n[ ] REQ-1: no item", []),
        ("- text\n  [ ] REQ-1: goes on", []),
        ("- [ ] REQ-1 no colon", []),
        ("- [ ] REQ-1:no space", []),
        ("- [ ] req-1: small", []),
        ("- [ ] REQ: no number", []),
        ("- [ ] REQ-1A: no number", []),
        ("- [] REQ-1: no box", []),
        ("> - [ ] REQ-1: quoted", []),
        ("```\n- [ ] REQ-1: code\n```", []),
        ("    - [ ] REQ-1: code", []),
        ("<!--\n- [ ] REQ-1: comment\n-->", []),
        ("<div>\n- [ ] REQ-1: raw\n</div>", []),
        ("~~~\n- [ ] REQ-1: never closed", []),
        (f"- [ ] {'A' * 70}-1: long", []),
    ],
)
def test_requirements(body, expected):
    made = read_spec(SPEC, spec(body=body + "\n").encode())
    assert [(r.id, r.done, r.text) for r in made.requirements] == expected


# --- trees


def test_every_md_below_the_folder_is_a_spec():
    tree = make_tree({
        SPEC: spec(), "tasks/specs/deep/er/x.md": (EXECUTABLE, spec("x").encode()), "tasks/specs/no.txt": "x",
        "tasks/specs/UP.MD": "x", "tasks/other.md": "x", "tasks/specs2/y.md": "x", INDEX: "{}",
    })  # fmt: skip
    made = read_specs(tree, "tasks/specs", INDEX)
    assert [each.path for each in made.specs] == ["tasks/specs/deep/er/x.md", SPEC]
    assert all(each.faults == () for each in made.specs)
    assert made.index == b"{}"


@pytest.mark.parametrize(
    "files", [{"a": "x"}, {"tasks/specs": "a file"}, {"tasks": ("link", "/etc")}, {"tasks/specs": ("link", "../x")}]
)
def test_where_there_is_no_folder_there_is_no_spec(files):
    assert read_specs(make_tree(files), "tasks/specs", INDEX).specs == ()


def test_symlinks_and_submodules_are_never_followed():
    tree = make_tree({SPEC: ("link", "two.md"), "tasks/specs/m.md": ("submodule", "1" * 40), "tasks/specs/two.md": spec(), INDEX: ("link", "x")})  # fmt: skip
    made = read_specs(tree, "tasks/specs", INDEX)
    assert {each.path: [f.code for f in each.faults] for each in made.specs} == {
        "tasks/specs/m.md": ["not-a-file"], SPEC: ["not-a-file"], "tasks/specs/two.md": [],
    }  # fmt: skip
    assert made.index is None


def test_a_huge_file_is_not_read(monkeypatch):
    monkeypatch.setattr(read, "MOST_BYTES", 100)
    tree = make_tree({SPEC: spec(body="x" * 200)})
    (made,) = read_specs(tree, "tasks/specs", INDEX).specs
    assert [fault.code for fault in made.faults] == ["too-large"]
    assert tree.reads == []


def test_too_many_specs_are_refused(monkeypatch):
    monkeypatch.setattr(read, "MOST_SPECS", 3)
    tree = make_tree({f"tasks/specs/{n}.md": spec(f"s{n}") for n in range(4)})
    with pytest.raises(Refusal) as refused:
        read_specs(tree, "tasks/specs", INDEX)
    assert refused.value.code == "too-many-specs"
    monkeypatch.setattr(read, "MOST_SPECS", 4)
    assert len(read_specs(tree, "tasks/specs", INDEX).specs) == 4


@pytest.mark.parametrize(
    "text",
    [
        "---\na: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50)) + "---\n",
        "---\n" + "[" * 5000 + "\n---\n",
        "---\n" + "{a: " * 5000 + "\n---\n",
        "---\nx: " + "9" * 60_000 + "\n---\n",
        "---\n" + "a: 1\n" * 20_000 + "---\n",
        "---\n" * 50_000,
        "---\nid: one\n" + "x\n" * 200_000,
        spec(body="- [ ] REQ-1: x\n" * 20_000),
        spec(body="- [ ] " + "A-" * 100_000 + "\n"),
        spec(body="> " * 100_000),
        spec(covers='["' + "{a,b}" * 200 + '"]'),
        spec(covers="[" + ", ".join(['"**/*a*b*c*d*"'] * 2000) + "]"),
    ],
)
def test_hostile_files_cost_little(text):
    made = read_spec(SPEC, text.encode())
    assert len(made.requirements) <= 2000


def test_the_front_matter_is_what_stands_between_the_first_two_lines():
    assert split(b"---\na: 1\n---\nb\n---\n").body == b"b\n---\n"
    assert split(b"--- \t\r\na: 1\r\n---\r\nb").body == b"b"
    assert split(b"----\na: 1\n---\n") is None
    assert split(b"---\na: 1\n--- x\n") is None
