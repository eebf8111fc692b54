"""The spec guard's words: one sentence and one step for each finding, within GitHub's limits, inert whatever it names."""

import re
from datetime import date
from typing import get_args, get_type_hints

import pytest

import templates
from bot.contracts.spec import Rule
from bot.planning.specs.judge import judge
from bot.planning.specs.model import (
    ApprovalKey,
    ApprovalRecord,
    Change,
    Finding,
    Fix,
    Named,
    Unapproved,
    Verdict,
)
from bot.planning.specs.read import read_spec
from bot.workflows.specs.guard_text import annotations_of, guard_summary, guard_text, guard_title, row_of
from tests.migration.conftest import make_tree
from tests.planning.specs.samples import NONE, OTHER, SPEC, case, spec, verdict

HOSTILE = "x` @octocat <!-- -->\n# [a](b) | \u202e</details>"


def findings():
    """Every rule, as the guard itself finds it."""
    old = spec(last_review="2026-01-01")
    cases = [
        ({SPEC: spec()} | {"src/a": "1"}, {"src/a": "2"}, {"approvals": NONE}),
        ({"g": "1"}, {"g": "2"}, {"guarded": ["g"]}),
        ({SPEC: old, "src/a": "1"}, {SPEC: old, "src/a": "2"}, {"approvals": NONE}),
        ({}, {SPEC: spec(last_review="2027-01-01"), OTHER: spec(last_review=None, title=None)}, {}),
        ({}, {SPEC: spec(last_review="soon"), OTHER: spec("two", last_review=None)}, {"approvals": "not-checked"}),
        ({SPEC: spec()}, {}, {"approvals": "not-checked"}),
        ({SPEC: spec()}, {SPEC: spec(), OTHER: spec(body="- [ ] REQ-1: x\n- [ ] REQ-1: y\n")}, {"evidence": ["t/**"]}),
        ({}, {}, {"named": Named("s.md", None, manifest="m.yml")}),
        ({}, {}, {"named": Named(None, None, required=True, manifest="m.yml")}),
    ]
    return [finding for base, head, more in cases for finding in verdict(base, head, **more).findings]


def test_every_rule_has_its_words_and_the_other_way_round():
    there = {path.stem for path in (templates.FOLDER / "checks/spec-guard").glob("*.md")}
    assert there == set(get_args(Rule))


def test_every_rule_is_found_and_told():
    found = findings()
    assert {each.rule for each in found} >= set(get_args(Rule)) - {"evidence-incomplete"}
    for finding in found:
        row = row_of(finding)
        assert row.sentence.endswith(".") and row.step.endswith("."), row
        assert "None" not in row.sentence + row.step and "{" not in row.sentence


@pytest.mark.parametrize("reason", get_args(get_type_hints(Unapproved)["reason"]))
def test_every_reason_has_words(reason):
    base = {SPEC: spec(), "src/a": "1"}
    key = ApprovalKey(SPEC, read_spec(SPEC, spec().encode()).content)
    made = verdict(base, base | {"src/a": "2"}, approvals={key: Unapproved(reason, ("ann", "bob-x"), 9)})
    (row,) = [row_of(each) for each in made.worse]
    assert "ann, bob" in row.step and "pull request 9" in row.sentence


def test_buttons_fit_githubs_limits():
    made = guard_text(verdict({}, {SPEC: spec(last_review=None)}), (), make_tree({}))
    assert [each.identifier for each in made.actions] == list(get_args(Fix))
    for each in made.actions:
        assert 0 < len(each.identifier) <= 20 and 0 < len(each.label) <= 20 and 0 < len(each.description) <= 40


def test_the_summary_tells_worse_first_and_folds_what_was_before():
    base = {SPEC: spec(title=None, covers="[]"), OTHER: spec("two"), "src/a": "1"}
    made = guard_summary(verdict(base, base | {"src/a": "2", "g": "1"}, guarded=["g"]))
    assert (
        made.index("`uncovered`")
        < made.index("<details>")
        < made.index("`bad-front-matter`")
        < made.index("</details>")
    )
    assert made.count("**Next:**") == 3
    assert f"| `{OTHER}` One thing | 2026-11-20 | by ann (pull request 7) |" in made
    assert "\n\n\n\n" not in made


def test_titles():
    base = {SPEC: spec(), "src/a": "1"}
    after = base | {"src/a": "2"}
    assert guard_title(verdict(base, after)) == "1 changed path covered by 1 spec"
    assert guard_title(verdict(base, after, approvals="not-checked")).endswith("(approvals are not checked here)")
    assert guard_title(verdict(base, after, approvals=NONE)) == "1 thing to mend before this can be merged"
    assert guard_title(verdict({"x": "1"}, {"x": "2"})) == "Nothing here asks for a spec"
    assert guard_title(verdict(base, base | {SPEC: spec(body="n\n")})) == "The specs are in order"


def test_offline_is_said_in_words():
    made = guard_summary(verdict({SPEC: spec(), "src/a": "1"}, {SPEC: spec(), "src/a": "2"}, approvals="not-checked"))
    assert "**Approvals are not checked here.**" in made and "| not checked here |" in made


def test_ten_thousand_findings_fit():
    paths = {f"g/{'deep/' * 30}{n}": "1" for n in range(3000)}
    old = {f"tasks/specs/{n}.md": "x" for n in range(1500)}
    looked = case(old, old | paths, guarded=["g/**"])
    made = guard_text(judge(looked), looked.changed, make_tree(old | paths))
    assert len(made.title) <= 255 and len(made.summary.encode()) < 65_000 and len(made.annotations) == 50
    assert re.search(r"… and [\d,]+ more\.", made.summary) and made.summary.count("</details>") == 1
    assert {each.level for each in made.annotations} == {"failure"}


def test_annotations_stand_where_people_look():
    base = {SPEC: spec(last_review="2026-01-01"), "src/a": "1", "src/gone": "1", OTHER: spec("two", covers="[]")}
    head = {SPEC: spec(last_review="2026-01-01"), "src/a": "2", "b": "1"}
    looked = case(base, head, approvals=NONE, guarded=["src/**"])
    made = {
        each.title: (each.path, each.start_line, each.level)
        for each in annotations_of(judge(looked), looked.changed, make_tree(head))
    }
    assert made == {
        "not-approved": (SPEC, 1, "failure"),
        "stale-review": (SPEC, 5, "failure"),
        "spec-removed": ("b", 1, "failure"),  # gone from the head: on the first file that the head changed
        "index-stale": ("b", 1, "notice"),
    }


def test_a_deleted_path_is_told_at_the_first_changed_file_and_else_only_in_the_summary():
    looked = case({"g": "1", "x": "1"}, {"x": "2"}, guarded=["g"])
    (made,) = annotations_of(judge(looked), looked.changed, make_tree({"x": "2"}))
    assert (made.path, made.title) == ("x", "uncovered")
    looked = case({"g": "1"}, {}, guarded=["g"])
    assert annotations_of(judge(looked), looked.changed, make_tree({})) == ()


@pytest.mark.parametrize("path", ["a\nb", "a\u202eb", "src/\udcff", "a` @octocat #1", "</details><script>", "x" * 5000])
def test_hostile_paths_are_inert(path):
    key = f"g/{path}"
    looked = case({}, {key: "1", "y": "1"}, guarded=["g/**"])
    made = guard_text(judge(looked), looked.changed, make_tree({key: "1", "y": "1"}))
    assert "\u202e" not in made.summary and "\udcff" not in made.summary
    spans = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", made.summary, flags=re.DOTALL)
    assert "@octocat" not in spans and "<script>" not in spans and "</details>" not in spans
    made.summary.encode()
    for each in made.annotations:
        each.message.encode()
        assert each.path.isprintable()


def test_hostile_values_are_inert():
    values = {
        "state": "added", "before": [HOSTILE], "reason": "unknown", "could": [HOSTILE], "pull": 1, "paths": [HOSTILE],
        "count": 3, "checked": True, "covers": [HOSTILE], "reviewed": date(2026, 1, 1), "given": HOSTILE, "age_days": 3,
        "max_age_days": 30, "id": HOSTILE, "first": HOSTILE, "lost": True, "was": [HOSTILE], "done": True,
        "missing": False, "manifest": HOSTILE,
    }  # fmt: skip
    fault = read_spec(HOSTILE, b'---\n"x` @octocat <!-- -->": [\n---\n').faults[0]
    for rule in get_args(Rule):
        finding = Finding(rule, HOSTILE, HOSTILE, 1, True, "failure", None, values, None, fault)
        text = guard_summary(Verdict("failure", (finding,)))
        spans = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
        assert "@octocat" not in spans and "<!--" not in spans and "\u202e" not in text, rule
        assert "\n# [" not in text


def test_a_title_and_a_name_in_the_table_are_inert():
    text = spec(title="'a | @octocat <b>'")
    base = {SPEC: text, "src/a": "1"}
    key = ApprovalKey(SPEC, read_spec(SPEC, text.encode()).content)
    made = guard_summary(verdict(base, base | {"src/a": "2"}, approvals={key: ApprovalRecord((HOSTILE,))}))
    assert "@octocat" not in made and "<b>" not in made.replace("\\<b\\>", "")
    assert sum(line.startswith("| `") for line in made.splitlines()) == 1


def test_changes_say_nothing_of_themselves():
    assert Change("a").state == "changed"
