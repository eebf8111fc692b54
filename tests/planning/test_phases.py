"""Where a migration stands, from what its gates say."""

import pytest

from bot.planning.phases import STAGES, Evidence, Work, progress
from bot.reports.mermaid import state_diagram

OPEN, GREEN, MERGED = Work("a", "open"), Work("a", "open", green=True), Work("b", "merged")


@pytest.mark.parametrize(
    ("spec", "plan", "work", "now", "waits_for"),
    [
        (False, False, [], "draft", "spec"),
        (False, True, [GREEN], "draft", "spec"),
        (True, False, [], "spec-approved", "plan"),
        (True, True, [], "plan-approved", "work"),
        (True, True, [Work("a", "none")], "plan-approved", "work"),
        (True, True, [OPEN], "building", "verification"),
        (True, True, [OPEN, MERGED], "building", "verification"),
        (True, True, [GREEN, Work("c", "none")], "building", "verification"),
        (True, True, [GREEN, MERGED], "verified", "release"),
        (True, True, [GREEN, Work("c", "over")], "verified", "release"),
        (True, True, [MERGED, Work("c", "over")], "released", ""),
        (True, True, [Work("c", "over")], "plan-approved", "work"),
    ],
)
def test_where_it_stands(spec, plan, work, now, waits_for):
    made = progress(spec=spec, spec_by=Evidence(), plan=plan, plan_by=Evidence(("ada",), "x"), work=work)
    assert (made.now, made.waits_for) == (now, waits_for)
    assert [stage for stage, _ in made.passed] == list(STAGES[: STAGES.index(now) + 1])


def test_who_did_it_is_kept():
    made = progress(
        spec=True,
        spec_by=Evidence(("cleo",), "review 3"),
        plan=True,
        plan_by=Evidence(("ada",), "comment 5"),
        work=[MERGED],
        merged_by=["ben", "ben"],
    )
    assert dict(made.passed)["spec-approved"] == Evidence(("cleo",), "review 3")
    assert dict(made.passed)["released"] == Evidence(("ben",))


def test_the_picture_marks_where_it_stands():
    drawn = state_diagram(STAGES, "building")
    assert "  class building open" in drawn and "  class plan_approved merged" in drawn
    assert "  class verified planned" in drawn and "  building --> verified" in drawn
    assert "  class released merged" in state_diagram(STAGES, "released")
