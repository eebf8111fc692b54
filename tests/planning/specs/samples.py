"""Specs, trees and cases for the tests of the spec guard."""

from datetime import date

from bot.config import SpecSettings
from bot.planning.specs.judge import judge
from bot.planning.specs.model import ApprovalKey, ApprovalRecord
from bot.workflows.specs.case import case_of
from tests.migration.conftest import make_tree

TODAY = date(2026, 11, 21)
SPEC = "tasks/specs/one.md"
OTHER = "tasks/specs/two.md"
INDEX = "tasks/index.json"


def spec(id="one", covers='["src/**"]', last_review="2026-11-20", title="One thing", body="# One\n", more=""):
    """A spec's text; ``None`` leaves a key out."""
    keys = {"id": id, "title": title, "covers": covers, "last_review": last_review}
    lines = [f"{key}: {value}\n" for key, value in keys.items() if value is not None]
    return f"---\n{''.join(lines)}{more}---\n{body}"


class Approving:
    """Every content counts as approved, but for those that are named as not."""

    def __init__(self, *refused):
        self.refused = refused

    def get(self, key, default=None):
        assert isinstance(key, ApprovalKey)
        return default if key.path in self.refused else ApprovalRecord(("ann",), 7)


NONE = {}
"""Nothing is approved."""


def settings(**members):
    return SpecSettings.model_validate_json(__import__("json").dumps(members))


def case(base, head, *, approvals=None, today=TODAY, named=None, **rules):
    return case_of(
        make_tree(base),
        make_tree(head),
        settings(**{"evidence": [], **rules}),
        today,
        approvals=Approving() if approvals is None else approvals,
        named=named,
    )


def verdict(base, head, **more):
    return judge(case(base, head, **more))


def told(made):
    """Rules with paths: those made worse, and those of before."""
    return (
        [(f.rule, f.path, f.severity) for f in made.worse],
        [(f.rule, f.path) for f in made.old],
    )


def failures(base, head, **more):
    made = verdict(base, head, **more)
    found = [f.rule for f in made.findings if f.severity == "failure"]
    assert (made.conclusion == "failure") == bool(found)
    return found
