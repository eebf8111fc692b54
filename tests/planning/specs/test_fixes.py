"""Fixes touch their own lines and not a byte more, are idempotent, and refuse what they cannot do without doubt."""

import json
import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.contracts.spec import SpecIndex
from bot.errors import Refusal
from bot.planning.specs.fixes import record_approvals, record_review, record_reviews
from bot.planning.specs.index import index_is_stale, update_index
from bot.planning.specs.model import ApprovalRecord, SpecSet
from bot.planning.specs.read import content_digest, read_spec
from tests.planning.specs.samples import INDEX, OTHER, SPEC, spec

DAY = date(2026, 11, 21)
GIVEN = [ApprovalRecord(("ann", "bob"), 7, "a" * 40, date(2026, 11, 20)), ApprovalRecord(("zoë",))]


def once(fix, text, *arguments):
    data = text.encode() if isinstance(text, str) else text
    made = fix(data, *arguments)
    assert fix(made, *arguments) == made
    assert read_spec(SPEC, made).content == read_spec(SPEC, data).content
    return made


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("last_review: 2026-01-01", "last_review: 2026-11-21"),
        ("last_review: '2026-01-01'", "last_review: 2026-11-21"),
        ('last_review: "2026-01-01"', "last_review: 2026-11-21"),
        ("last_review:    2026-01-01  # by ann", "last_review:    2026-11-21  # by ann"),
        ("last_review : 2026-01-01", "last_review : 2026-11-21"),
        ("last_review: 2026-01-01T10:00:00Z", "last_review: 2026-11-21"),
        ("last_review: soon, surely", "last_review: 2026-11-21"),
        ("last_review:", "last_review: 2026-11-21"),
        ("last_review:   # not yet", "last_review: 2026-11-21   # not yet"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_review_is_recorded_on_its_line(line, expected, end, bom):
    text = "---{0}id: one{0}{1}{0}# a comment{0}covers: [a]{0}---{0}body{0}last_review: 2020-01-01{0}"
    made = once(record_review, bom + text.format(end, line).encode(), DAY)
    assert made == bom + text.format(end, expected).encode()


def test_a_review_that_was_never_recorded_is_added_at_the_end():
    assert once(record_review, "---\nid: one\n---\nx", DAY) == b"---\nid: one\nlast_review: 2026-11-21\n---\nx"
    assert (
        once(record_review, "---\r\nid: one\r\n---\r\n", DAY) == b"---\r\nid: one\r\nlast_review: 2026-11-21\r\n---\r\n"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("# x\n", "front-matter-missing"),
        ("---\na: [\n---\n", "bad-yaml"),
        ("---\na: 1\na: 2\n---\n", "duplicate-key"),
        ("---\n{id: one, last_review: 2026-01-01}\n---\n", "front-matter-unwritable"),
        ("---\n{id: one}\n---\n", "front-matter-unwritable"),
        ("---\nid: one\nlast_review:\n  2026-01-01\n---\n", "front-matter-unwritable"),
        ("---\nid: one\nlast_review: >\n  2026-01-01\n---\n", "front-matter-unwritable"),
        ("---\nid: one\nlast_review: [2026-01-01]\n---\n", "front-matter-unwritable"),
        ("---\nid: one\n'last_review': 2026-01-01\n---\n", "front-matter-unwritable"),
        ("---\n  id: one\n  last_review: 2026-01-01\n---\n", "front-matter-unwritable"),
        ("---\nid: one\ntitle: 'a\n  last_review: 2026-01-01'\nlast_review: 2026-01-01\n  and more\n---\n", "front-matter-unwritable"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_refused(text, code):
    with pytest.raises(Refusal) as refused:
        record_review(text.encode(), DAY, SPEC)
    assert (refused.value.code, refused.value.place.file) == (code, SPEC)


def test_approvals_are_recorded_and_comments_stay():
    text = "---\nid: one\napprovals:\n  - by: eve\n    # inside\n# about the title\ntitle: x # y\n---\nbody\n"
    assert once(record_approvals, text, "approved", GIVEN).decode() == (
        "---\nid: one\napprovals:\n"
        f'  - {{"by": ["ann", "bob"], "pull": 7, "commit": "{"a" * 40}", "on": "2026-11-20"}}\n'
        '  - {"by": ["zoë"]}\n'
        '# about the title\ntitle: x # y\nstatus: "approved"\n---\nbody\n'
    )
    none = once(record_approvals, text, "draft", [])
    assert b"approvals: []\n# about" in none and b"eve" not in none


def test_records_hold_no_control_characters():
    with pytest.raises(ValueError, match="control"):
        record_approvals(spec().encode(), "x\ny", [])


def test_reviews_and_the_index_are_recorded_together():
    files = {SPEC: spec().encode(), OTHER: spec("two").encode()}
    specs = tuple(read_spec(path, data) for path, data in files.items())
    made = record_reviews(SpecSet(specs, update_index(specs)), files, {SPEC}, DAY, INDEX)
    assert set(made) == {SPEC, INDEX}
    after = tuple(read_spec(path, made.get(path, data)) for path, data in files.items())
    assert not index_is_stale(SpecSet(after, made[INDEX]))
    assert record_reviews(SpecSet(after, made[INDEX]), {**files, **made}, {SPEC}, DAY, INDEX) == {}
    assert set(record_reviews(SpecSet(specs, None), files, {SPEC}, DAY, INDEX)) == {SPEC}


def test_the_index_is_sorted_and_fits_its_contract():
    specs = [
        read_spec(p, spec(i, body="- [x] REQ-1: é\n").encode()) for p, i in ((SPEC, "b"), (OTHER, "a"), ("x.md", "a"))
    ]
    data = update_index(specs)
    assert update_index(reversed(specs)) == data
    assert [(each.id, each.path) for each in SpecIndex.model_validate_json(data).specs] == [
        ("a", OTHER),
        ("a", "x.md"),
        ("b", SPEC),
    ]
    assert data.endswith(b"}\n") and "é" in data.decode()
    assert json.loads(update_index([read_spec(SPEC, b"no")]))["specs"] == []


# --- properties


WORDS = st.text('ab é"0{', max_size=5)
VALUES = st.recursive(
    WORDS | st.integers(-99, 99) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(["id", "title", "owners", "covers", "status", "approvals", "last_review", "other", "Status"])
FRONTS = st.dictionaries(KEYS, VALUES, max_size=6)
RECORDS = {"status", "approvals", "last_review"}


@given(FRONTS, FRONTS, st.binary(max_size=9), st.binary(max_size=9))
def test_the_digest_ignores_records_and_nothing_else(one, two, body, other):
    def core(front):
        return json.dumps({key: value for key, value in front.items() if key not in RECORDS}, sort_keys=True)

    same = core(one) == core(two) and body == other
    assert (content_digest(one, body) == content_digest(two, other)) == same
    records = {key: value for key, value in two.items() if key in RECORDS}
    rest = {key: value for key, value in one.items() if key not in RECORDS}
    assert content_digest(rest | records, body) == content_digest(one, body)


LINES = st.sampled_from(
    [
        "id: one", "title: x # y", "# comment", "", "covers: [a, 'b c']", "status: draft", "approvals:", "  - by: eve",
        "last_review: 2026-01-01", "last_review: 'soon' # z", "owners: [ann]", "  nested: 1", "text: |", "  last_review: 3",
        "last_review:", "'last_review': 1", "{a: 1}", "\tx", 'x: "a\\nb"',
    ]
)  # fmt: skip


@given(
    st.lists(LINES, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.binary(max_size=12),
    st.booleans(),
)
@example(["last_review: 2026-01-01", "text: |", "  last_review: 3"], "\n", b"", b"last_review: 1\n", False)
def test_fixes_never_touch_more_than_their_lines(lines, end, bom, body, approvals):
    data = bom + end.join(["---", *lines, "---", ""]).encode() + body
    arguments = ("approved", GIVEN) if approvals else (DAY,)
    fix, keys = (record_approvals, ("status", "approvals")) if approvals else (record_review, ("last_review",))
    try:
        made = fix(data, *arguments)
    except Refusal:
        return
    assert fix(made, *arguments) == made
    before, after = read_spec(SPEC, data), read_spec(SPEC, made)
    assert before.content == after.content
    assert approvals or after.reviewed == DAY
    assert made.endswith(body) and made.startswith(bom)

    def others(text):
        kept, inside = [], False
        for line in text.split(b"\n"):
            if re.match(rb"\S", line) and not line.startswith(b"#"):
                inside = line.split(b":")[0].strip().decode("utf-8", "replace") in keys
            if not inside:
                kept.append(line)
        return kept

    head = len(data) - len(body)
    if approvals:  # comments and blank lines inside the old value may go with it
        assert [x for x in others(data[:head]) if x.strip() and not x.startswith(b"#")] == [
            x for x in others(made[: len(made) - len(body)]) if x.strip() and not x.startswith(b"#")
        ]
    else:
        assert others(data[:head]) == others(made[: len(made) - len(body)])


def test_an_index_that_was_not_there_shows_the_review_that_comes_with_it():
    files = {SPEC: spec(last_review="2026-01-01").encode()}
    made = record_reviews(SpecSet((read_spec(SPEC, files[SPEC]),)), files, {SPEC}, DAY, INDEX, always_index=True)
    assert not index_is_stale(SpecSet((read_spec(SPEC, made[SPEC]),), made[INDEX]))
