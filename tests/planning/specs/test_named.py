"""The spec guard's word on a migration's spec."""

from datetime import date

import pytest

from bot.planning.specs.named import judge_named

TODAY = date(2026, 11, 21)


def verdict(text, spec="s.md", required=False):
    return judge_named(spec, text, today=TODAY, max_age_days=30, required=required)


@pytest.mark.parametrize(
    ("text", "conclusion", "reason"),
    [
        (b"---\nlast_review: 2026-11-21\n---\n# x\n", "success", "fresh"),
        (b"---\r\nlast_review: 2026-10-22\r\n---\r\n", "success", "fresh"),
        (b"\xef\xbb\xbf---\ntitle: a\nlast_review: '2026-11-01'\n---\n", "success", "fresh"),
        (b"---\nlast_review: 2026-10-21\n---\n", "failure", "stale"),
        (b"---\nlast_review: 2027-01-01\n---\n", "failure", "future"),
        (b"---\nlast_review: soon\n---\n", "failure", "no-review"),
        (b"---\ntitle: x\n---\n", "failure", "no-review"),
        (b"---\n- x\n---\n", "failure", "no-review"),
        (b"---\na: 1\na: 2\n---\n", "failure", "bad-front-matter"),
        (b"# no front matter\nlast_review: 2026-11-21\n", "failure", "no-front-matter"),
        (None, "failure", "missing"),
    ],
)
def test_a_spec(text, conclusion, reason):
    made = verdict(text)
    assert (made.conclusion, made.reason) == (conclusion, reason)


def test_lines_are_those_of_the_file():
    assert verdict(b"---\ntitle: x\nlast_review: 2026-01-01\n---\n").line == 3


def test_no_spec_is_neutral_unless_required():
    assert verdict(None, spec=None).conclusion == "neutral"
    assert verdict(None, spec=None, required=True).conclusion == "failure"
