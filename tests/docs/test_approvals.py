"""The page about approvals: its settings are read, and do what it says."""

import re
from pathlib import Path

import pytest

from bot.config import repository_settings
from bot.planning.approvals import Person, decide
from bot.source.codeowners import MOST_WILDCARDS, PLACES
from tests.planning.approvals.cast import facts, told

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/approvals.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RULES = repository_settings(EXAMPLE.encode()).approvals
PEOPLE = {"pam": ("write", ()), "max": ("maintain", ()), "olga": ("write", ()), "dora": ("triage", ())}
PEOPLE |= dict.fromkeys(("sue", "sam"), ("write", ("acme/security",)))


@pytest.mark.parametrize(
    ("changed", "reviews", "expected"),
    [
        ("paths=- spec=s.md", "", "pending product.spec=(1)"),
        ("paths=- spec=s.md", "pam+", "approved product.spec=pam"),
        ("paths=a.py,b", "olga+", "pending engineering=(1) engineering[olga]=olga"),
        ("paths=a.py,b", "olga+ max+", "approved engineering=max engineering[olga]=olga"),
        ("paths=src/auth/x", "max+ sue+", "pending engineering=max security=sue(1)"),
        ("paths=src/auth/x", "max+ sue+ sam+", "approved engineering=max security=sue,sam"),
        ("paths=ui/x", "max+", "approved engineering=max"),
        ("paths=ui/x labels=Design", "max+", "pending engineering=max design=(1)"),
        ("paths=ui/x labels=Design", "max+ dora+", "approved engineering=max design=dora"),
        ("paths=ui/generated/x labels=design", "max+", "approved engineering=max"),
    ],
)
def test_the_example_does_what_the_page_says(changed, reviews, expected):
    from dataclasses import replace

    people = {name: Person(name, role, frozenset(teams)) for name, (role, teams) in PEOPLE.items()}
    world = replace(facts(changed, reviews, "*.py @olga"), people=people)
    assert told(decide(RULES, world)) == expected


def test_the_numbers_on_the_page():
    assert f"{MOST_WILDCARDS:,} patterns" in PAGE
    assert [place.removesuffix("CODEOWNERS") for place in PLACES] == [".github/", "", "docs/"]
