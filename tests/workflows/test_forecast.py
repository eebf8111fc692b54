"""What is kept of a forecast and how it is shown: within its bounds, and with nothing of anybody's but inert text."""

import json
from datetime import UTC, datetime
from itertools import combinations

import pytest
from markdown_it import MarkdownIt

from bot.contracts.github import Pull
from bot.patching.forecast import Change, Spot, forecast
from bot.planning.merge_order import Branch, merge_order
from bot.workflows.forecast.read import MANY_PAIRS, MOST_KEPT, Collision, MergeForecast, _load, _plain, _told
from bot.workflows.forecast.tell import MOST_TEXT as MOST_TOLD
from bot.workflows.forecast.tell import ahead_text
from bot.workflows.forecast.text import MOST_TEXT, forecast_text
from tests.migration.conftest import make_tree

WHEN = datetime(2026, 11, 1, tzinfo=UTC)
HOSTILE = 'x` @octocat <!-- -->\n# [a](b) | \u202e ``` "]; click'
KINDS = ("both-changed", "both-added", "deleted", "not-text", "in-the-way", "behind", "not-compared")


def pull(number, title="A change", user="ben"):
    ref = {"ref": f"b{number}", "sha": f"{number:040x}"}
    return Pull(number=number, title=title, state="open", user=user, head=ref, base=ref, created_at=WHEN)


def made(count, collisions, *, title="A change", behind=()):
    branches = [Branch(number, "in-review", WHEN, behind=number in behind) for number in range(1, count + 1)]
    order = merge_order(branches, {each[:2]: each.places for each in collisions})
    pulls = {number: pull(number, title) for number in range(1, count + 1)}
    return MergeForecast("main", "f" * 40, pulls, tuple(collisions), dict.fromkeys(behind, ("a",)), order)


def spots(path="src/a.ts"):
    return tuple(Spot(path, kind, (3, 20) if kind == "both-changed" else (), 1) for kind in KINDS)


def test_without_pull_requests_there_is_nothing_to_say():
    assert forecast_text(made(0, [])) == ""


def test_without_collisions_it_is_one_sentence():
    text = forecast_text(made(3, []))
    assert "3 open pull requests into `main`: nothing collides" in text and "| #" not in text and "mermaid" not in text


@pytest.mark.parametrize("count", [2, 5, 40, 100, 300])
def test_it_stays_within_its_bounds(count):
    pairs = [Collision(one, other, 50, 90, spots("p" * 200)[:5]) for one, other in combinations(range(1, count + 1), 2)]
    found = made(count, pairs, title="t" * 250, behind=(1,))
    text = forecast_text(found)
    assert len(text.encode()) <= MOST_TEXT
    assert f"{len(pairs):,} pair" in text
    assert ("mermaid" in text) == (count <= 5)
    for step in (found.order.steps[0], found.order.steps[-1]):
        assert len(ahead_text(found, step).encode()) <= MOST_TOLD
    assert "more" in ahead_text(found, found.order.steps[-1])


def test_what_people_wrote_is_inert():
    found = made(3, [Collision(1, 2, 7, 9, spots(HOSTILE))], title=HOSTILE)
    for text in (
        forecast_text(found),
        ahead_text(found, found.order.steps[-1]),
        ahead_text(found, found.order.steps[1]),
    ):
        assert "\u202e" not in text
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        inner = [child for token in tokens for child in token.children or ()]
        assert not {token.type for token in inner} & {"html_inline", "link_open", "image"}
        assert not any("@octocat" in child.content for child in inner if child.type == "text")
        assert all(
            token.content.startswith(("<details>", "</details>")) for token in tokens if token.type == "html_block"
        )
        drawn = [token.content for token in tokens if token.type == "fence"]
        assert len(drawn) <= 1 and not any('"];' in each or "`" in each for each in drawn)


def test_every_kind_has_its_words():
    text = forecast_text(made(2, [Collision(1, 2, 9, 9, spots())]))
    for words in (
        "from lines 3, 20",
        "added by both",
        "deleted by #1",
        "not text",
        "a file in #1",
        "touched by both",
        "too much",
    ):
        assert words in text
    assert "… and 2 more paths" in text


def test_what_is_kept_comes_back_as_it_was():
    """Names that are not UTF-8 become text; what is read from JSON is what was put there."""
    base = {f"d/{n}\udcff": "1\n" for n in range(9)}
    trees = [make_tree(base), make_tree(dict.fromkeys(base, "2\n")), make_tree(dict.fromkeys(base, "3\n"))]
    seen = _told(forecast(trees[0], [Change(n, trees[0], each) for n, each in enumerate(trees[1:])]), frozenset({9}))
    (one,) = seen.collisions
    assert (one.paths, one.places, len(one.spots), one.spots[0].path) == (9, 9, MOST_KEPT, "d/0\\xff")
    assert _load(json.loads(json.dumps(_plain(seen)))) == seen


def test_of_very_many_pairs_less_is_kept():
    base = make_tree({"a": "1\n", "b": "1\n"})
    heads = [make_tree({"a": f"{n}\n", "b": f"{n}\n"}) for n in range(2, 60)]
    seen = _told(forecast(base, [Change(n, base, each) for n, each in enumerate(heads)]), frozenset())
    assert len(seen.collisions) > MANY_PAIRS
    assert {(each.paths, len(each.spots)) for each in seen.collisions} == {(2, 1)}
