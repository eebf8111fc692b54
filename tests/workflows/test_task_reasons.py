"""Every reason that the graph or the workflow can give has its words."""

import ast
from pathlib import Path

import pytest

from bot.planning.tasks.model import Reason
from bot.workflows.tasks.reasons import reason_text

ROOT = Path(__file__).parent.parent.parent


def codes():
    for folder in ("bot/planning/tasks", "bot/workflows/tasks"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason" and node.args:
                    texts = (each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant))
                    yield from texts


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_a_reason_has_words(code):
    text = reason_text(Reason(code, (12, 13), ("5", "x")))
    assert text[-1] in ".)" and not text.startswith("`") and "\n" not in text


def test_an_unknown_reason_is_shown_as_it_is():
    assert reason_text(Reason("who-knows", (3,))) == "`who-knows`: #3"


def test_many_numbers_are_cut_and_foreign_issues_have_no_number():
    text = reason_text(Reason("waits-for", (-5, *range(1, 40))))
    assert "an issue of another repository, #1, #2" in text and "and 20 more" in text
