"""The page on specs tells the truth: its example is read, every rule is on it, and what it promises is set."""

import re
from pathlib import Path
from typing import get_args

from bot.contracts.spec import Rule, SpecFront
from bot.planning.specs.read import read_spec

PAGE = (Path(__file__).parents[2] / "docs/specs.md").read_text("utf-8")


def test_the_example_is_a_spec():
    (text,) = re.findall(r"^```markdown spec\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    made = read_spec("tasks/specs/0007.md", text.encode())
    assert made.faults == ()
    assert [(each.id, each.done) for each in made.requirements] == [("GREET-1", True), ("GREET-2", False)]
    assert made.covering("src/greet/a.ts") and made.covering("docs/greeting.md")


def test_every_rule_is_on_the_page_and_the_other_way_round():
    assert set(re.findall(r"^\| `([a-z-]+-[a-z-]+|uncovered)` \|", PAGE, re.MULTILINE)) == set(get_args(Rule))


def test_every_key_is_on_the_page():
    for key in SpecFront.model_fields:
        assert re.search(rf"^\| [^|]*`{key}`", PAGE, re.MULTILINE), key
