"""The spec guard's decision, on base and head: what is made worse fails, what was so before is told."""

import dataclasses
from datetime import date, timedelta

import pytest

from bot.errors import Refusal
from bot.planning.specs.index import update_index
from bot.planning.specs.judge import judge, wanted_approvals
from bot.planning.specs.model import GONE, ApprovalKey, ApprovalRecord, Named, Unapproved
from bot.planning.specs.read import read_spec
from tests.planning.specs.samples import INDEX, NONE, OTHER, SPEC, TODAY, Approving, case, failures, spec, told, verdict

CODE = {"src/a.ts": "a"}
NEW = {"src/a.ts": "b"}
S = {SPEC: spec()}


def content(text):
    return read_spec(SPEC, text.encode()).content


# --- coverage of changed paths: base, head, settings, what fails


COVERAGE = {
    "nothing changed": (S | CODE, S | CODE, {}, []),
    "covered, approved, fresh": (S | CODE, S | NEW, {}, []),
    "neither covered nor guarded": ({"x": "1"}, {"x": "2"}, {}, []),
    "guarded and uncovered": ({"x": "1"}, {"x": "2"}, {"guarded": ["x"]}, ["uncovered"]),
    "guarded, uncovered and added": ({}, {"x": "2"}, {"guarded": ["x"]}, ["uncovered"]),
    "guarded, uncovered and deleted": ({"x": "2"}, {}, {"guarded": ["x"]}, ["uncovered"]),
    "guarded, uncovered and unchanged": ({"x": "2", "y": "1"}, {"x": "2"}, {"guarded": ["x"]}, []),
    "guarded and covered": (S | CODE, S | NEW, {"guarded": ["**"]}, []),
    "only the mode changed": (S | CODE, S | {"src/a.ts": (0o100755, b"a")}, {}, []),
    "covered but not approved": (S | CODE, S | NEW, {"approvals": NONE}, ["not-approved"]),
    "nobody approved, and nothing asks": (S | {"x": "1"}, S | {"x": "2"}, {"approvals": NONE}, []),
    "covered but stale": ({SPEC: spec(last_review="2026-10-21")} | CODE, {SPEC: spec(last_review="2026-10-21")} | NEW, {}, ["stale-review"]),
    "on the last day": ({SPEC: spec(last_review="2026-10-22")} | CODE, {SPEC: spec(last_review="2026-10-22")} | NEW, {}, []),
    "more days allowed": ({SPEC: spec(last_review="2026-10-21")} | CODE, {SPEC: spec(last_review="2026-10-21")} | NEW, {"max_age_days": 31}, []),
    "reviewed tomorrow": ({SPEC: spec(last_review="2026-11-22")} | CODE, {SPEC: spec(last_review="2026-11-22")} | NEW, {}, []),
    "reviewed the day after": ({SPEC: spec(last_review="2026-11-23")} | CODE, {SPEC: spec(last_review="2026-11-23")} | NEW, {}, ["future-review"]),
    "never reviewed": ({SPEC: spec(last_review=None)} | CODE, {SPEC: spec(last_review=None)} | NEW, {}, ["no-review"]),
    "reviewed on no day": ({SPEC: spec(last_review="soon")} | CODE, {SPEC: spec(last_review="soon")} | NEW, {}, ["no-review"]),
    "the head records the review": ({SPEC: spec(last_review=None)} | CODE, S | NEW, {}, []),
    "stale and not approved": ({SPEC: spec(last_review="2026-01-01")} | CODE, {SPEC: spec(last_review="2026-01-01")} | NEW, {"approvals": NONE}, ["not-approved", "stale-review"]),
    "front matter with a fault": ({SPEC: spec(title=None)} | CODE, {SPEC: spec(title=None)} | NEW, {}, ["bad-front-matter"]),
    "one good spec of two": (S | CODE | {OTHER: spec("two", last_review="2026-01-01")}, S | NEW | {OTHER: spec("two", last_review="2026-01-01")}, {}, []),
    "two bad specs of two": (S | CODE | {OTHER: spec("two", last_review="2026-01-01")}, S | NEW | {OTHER: spec("two", last_review="2026-01-01")}, {"approvals": Approving(SPEC)}, ["not-approved", "stale-review"]),
    "a spec is changed, and asks for none itself": (S, {SPEC: spec(body="new\n")}, {"guarded": ["**"]}, []),
    "another file beside the specs does": (S, S | {"tasks/specs/x.txt": "1"}, {"guarded": ["**"]}, ["uncovered"]),
    "the index asks for none": (S | {INDEX: "x"}, S, {"guarded": ["**"]}, []),
    "an approval in the file is none": (S | CODE, {SPEC: spec(more="status: approved\napprovals: [{by: ann}]\n")} | NEW, {"approvals": NONE}, ["not-approved"]),
}  # fmt: skip


@pytest.mark.parametrize("name", COVERAGE)
def test_coverage(name):
    base, head, more, expected = COVERAGE[name]
    assert failures(base, head, **more) == expected


# --- specs that the head changes


CHANGED = {
    "a new content is not approved": (S, {SPEC: spec(body="new\n")}, {"approvals": NONE}, ["not-approved"]),
    "a new content is approved": (S, {SPEC: spec(body="new\n")}, {}, []),
    "a new spec is not approved": ({}, S, {"approvals": NONE}, ["not-approved"]),
    "only records change": (S, {SPEC: spec(last_review="2026-11-21", more="status: x\n")}, {"approvals": NONE}, []),
    "an older review": (S, {SPEC: spec(last_review="2026-01-01")}, {}, ["stale-review"]),
    "a review to come": (S, {SPEC: spec(last_review="2027-01-01")}, {}, ["future-review"]),
    "no review any more": (S, {SPEC: spec(last_review=None)}, {}, ["no-review"]),
    "the front matter breaks": (S, {SPEC: spec(title="[")}, {}, ["bad-front-matter"]),
    "it becomes a symlink": (S, {SPEC: ("link", "x")}, {}, ["bad-front-matter"]),
    "it goes, unapproved": (S | CODE, CODE, {"approvals": NONE}, ["spec-removed"]),
    "it goes, approved": (S | CODE, CODE, {}, []),
    "it goes, and what it covered changes": (S | CODE, NEW, {}, ["uncovered"]),
    "it drops what changes": (S | CODE, {SPEC: spec(covers="[]")} | NEW, {}, ["uncovered"]),
    "it drops something, unapproved": (S | CODE, {SPEC: spec(covers="[]")} | CODE, {"approvals": NONE}, ["not-approved"]),
    "it drops, another takes over": (S | CODE, {SPEC: spec(covers="[]"), OTHER: spec("two")} | NEW, {"evidence": []}, []),
    "another takes over, unapproved": (S | CODE, {SPEC: spec(covers="[]"), OTHER: spec("two")} | NEW, {"approvals": Approving(OTHER)}, ["not-approved"]),
    "the head's own spec, unapproved": ({SPEC: spec(covers="[]")} | CODE, S | NEW, {"approvals": NONE}, ["not-approved"]),
    "moved as it is": (S | CODE, {OTHER: spec()} | NEW, {}, []),
    "moved as it is, approved where it was": (S | CODE, {OTHER: spec()} | NEW, {"approvals": {ApprovalKey(SPEC, content(spec())): ApprovalRecord(("ann",))}}, []),
    "moved and changed, approved where it was": (S | CODE, {OTHER: spec(body="x\n")} | NEW, {"approvals": {ApprovalKey(SPEC, content(spec())): ApprovalRecord(("ann",))}}, ["not-approved"]),
    "moved out of the folder": (S | CODE, {"docs/one.md": spec()} | CODE, {"approvals": NONE}, ["spec-removed"]),
    "a faulty one drops what it would cover": ({SPEC: spec(title=None)}, {SPEC: spec(title=None, covers="[]")}, {"approvals": NONE}, ["not-approved"]),
    "a faulty one goes": ({SPEC: spec(title=None)}, {}, {"approvals": NONE}, ["spec-removed"]),
    "another id for the same file": (S, {SPEC: spec("two")}, {"approvals": NONE}, ["not-approved"]),
    "an id that is taken": (S, S | {OTHER: spec(covers="[]", body="x\n")}, {}, ["duplicate-id"]),
    "one of two with one id goes": (S | {OTHER: spec(covers="[]")}, {OTHER: spec(covers="[]")}, {"approvals": NONE}, ["spec-removed"]),
    "two with one id go, one comes": (
        S | {OTHER: spec(covers="[lib]")}, {"tasks/specs/3.md": spec()}, {"approvals": NONE}, ["spec-removed"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_changed_specs(name):
    base, head, more, expected = CHANGED[name]
    assert failures(base, head, **more) == expected


# --- old sins


def test_what_was_so_before_is_told_and_fails_nothing():
    sins = {
        SPEC: spec(title=None),
        OTHER: spec("two", last_review="2026-01-01", covers="[lib/**]", body="- [ ] REQ-1: x\n- [ ] REQ-1: y\n"),
        "tasks/specs/x1.md": spec("three", covers="[]"),
        "tasks/specs/x2.md": spec("three", covers="[]", body="y"),
        INDEX: "{}",
    }
    made = verdict(sins | {"x": "1"}, sins | {"x": "2"}, evidence=["tests/**"], approvals=NONE)
    assert made.conclusion == "neutral"
    assert told(made) == (
        [],
        [
            ("index-stale", INDEX),
            ("bad-front-matter", SPEC),
            ("stale-review", OTHER),
            ("requirement-unlinked", OTHER),
            ("duplicate-requirement", OTHER),
            ("duplicate-id", "tasks/specs/x2.md"),
        ],
    )
    assert {finding.severity for finding in made.findings} == {"notice"}


def test_an_old_sin_fails_what_it_holds_up_and_names_the_paths():
    old = {SPEC: spec(last_review="2026-01-01")}
    many = {f"src/{n}": "1" for n in range(9)}
    made = verdict(old | many, old | dict.fromkeys(many, "2"))
    (finding,) = made.worse
    assert (finding.rule, finding.line, finding.values["count"], len(finding.values["paths"])) == (
        "stale-review",
        5,
        9,
        5,
    )
    assert finding.fix == "record-review"


def test_a_second_fault_of_a_faulty_spec_is_worse():
    before, after = spec(title=None), spec(title=None, covers='["src/**", "/x"]')
    assert told(verdict({SPEC: before}, {SPEC: after})) == (
        [("bad-front-matter", SPEC, "failure")], [("index-stale", INDEX), ("bad-front-matter", SPEC)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("covers", "worse"), [('["/x"]', 0), ('["a", "/x"]', 0), ('["/x", "/x"]', 1), ('["/x", "/y"]', 1), ('["/y"]', 1)]
)
def test_faults_are_counted_wherever_they_stand_in_the_list(covers, worse):
    made = verdict({SPEC: spec(covers='["/x"]')}, {SPEC: spec(covers=covers)})
    assert sum(finding.worse for finding in made.findings) == worse


# --- requirements


REQUIREMENTS = {
    "pointed at by a test": ("- [ ] REQ-1: x\n", {"tests/t.py": "# REQ-1"}, "- [ ] REQ-1: x\n", {"tests/t.py": "# REQ-1"}, []),
    "new, and nothing points at it": ("", {}, "- [ ] REQ-1: x\n", {}, ["requirement-unlinked"]),
    "old, and nothing ever did": ("- [ ] REQ-1: x\n", {}, "- [ ] REQ-1: x\n", {}, []),
    "what pointed at it goes": ("- [ ] REQ-1: x\n", {"tests/t.py": "REQ-1"}, "- [ ] REQ-1: x\n", {}, ["requirement-unlinked"]),
    "what pointed at it is edited": ("- [ ] REQ-1: x\n", {"tests/t.py": "REQ-1"}, "- [ ] REQ-1: x\n", {"tests/t.py": "REQ-10"}, ["requirement-unlinked"]),
    "one of two goes": ("- [ ] REQ-1: x\n", {"tests/t.py": "REQ-1", "tests/u": "REQ-1"}, "- [ ] REQ-1: x\n", {"tests/u": "REQ-1"}, []),
    "a path points at it": ("", {}, "- [ ] REQ-1: x\n", {"tests/REQ-1_test.py": ""}, []),
    "outside of the globs": ("", {}, "- [ ] REQ-1: x\n", {"lib/REQ-1": "REQ-1"}, ["requirement-unlinked"]),
    "only a longer id": ("", {}, "- [ ] REQ-1: x\n", {"tests/t": "REQ-12 XREQ-1 A-REQ-1 pre-REQ-1 REQ-1-2 REQ-1-a REQ-1x"}, ["requirement-unlinked"]),
    "the spec itself": ("", {}, "- [ ] REQ-1: x\n\nREQ-1\n", {}, ["requirement-unlinked"]),
    "a task": ("", {}, "- [ ] REQ-1: x\n", {"tasks/one.yml": "for: [REQ-1]"}, []),
    "taken twice": ("- [ ] REQ-1: x\n", {"tests/t": "REQ-1"}, "- [ ] REQ-1: x\n- [ ] REQ-1: y\n", {"tests/t": "REQ-1"}, ["duplicate-requirement"]),
    "it goes": ("- [ ] REQ-1: x\n", {}, "", {}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements(name):
    before, files, after, more, expected = REQUIREMENTS[name]
    base, head = files | {SPEC: spec(body=before)}, more | {SPEC: spec(body=after)}
    assert failures(base, head, evidence=["tasks/**", "tests/**"]) == expected


def test_no_globs_of_evidence_no_question():
    assert failures({SPEC: spec(body="")}, {SPEC: spec(body="- [ ] REQ-1: x\n")}, evidence=[]) == []


def test_a_search_that_was_cut_short_warns():
    looked = case({}, {SPEC: spec(body="- [ ] REQ-1: x\n")}, evidence=["tests/**"])
    cut = dataclasses.replace(looked, evidence=dataclasses.replace(looked.evidence, complete=False))
    assert ("requirement-unlinked", SPEC, "warning") in told(judge(cut))[0]
    assert ("evidence-incomplete", ".github/graftsman.yml") in told(judge(cut))[1]


# --- the index


def index_of(*texts):
    return update_index([read_spec(path, text.encode()) for path, text in texts])


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ({}, {}, []),
        ({}, S, []),
        ({}, S | {INDEX: index_of((SPEC, spec()))}, []),
        (S, S, []),
        (S | {INDEX: index_of((SPEC, spec()))}, S | {INDEX: index_of((SPEC, spec()))}, []),
        (S | {INDEX: index_of((SPEC, spec()))}, S, ["index-stale"]),
        (S | {INDEX: index_of((SPEC, spec()))}, S | {INDEX: "{}"}, ["index-stale"]),
        (S | {INDEX: index_of((SPEC, spec()))}, {SPEC: spec(last_review="2026-11-21")} | {INDEX: index_of((SPEC, spec()))}, ["index-stale"]),
        (S | {INDEX: index_of((SPEC, spec()))}, {INDEX: index_of((SPEC, spec()))}, ["index-stale"]),
        (S | {INDEX: "{}"}, S | {INDEX: "{ }"}, []),
    ],
)  # fmt: skip
def test_the_index(base, head, expected):
    assert failures(base, head) == expected


# --- approvals


def test_offline_nothing_is_approved_or_not_and_it_says_so():
    made = verdict(S | CODE, {SPEC: spec(body="new\n")} | NEW, approvals="not-checked")
    assert (made.conclusion, made.approvals_checked, made.approved) == ("success", False, {})
    assert told(made)[0] == [("approval-unknown", SPEC, "warning")]
    made = verdict(S | CODE, CODE, approvals="not-checked")
    assert (made.conclusion, told(made)[0]) == ("success", [("spec-removed", SPEC, "warning")])


def test_offline_everything_else_still_fails():
    assert failures(S | CODE, NEW, approvals="not-checked") == ["uncovered"]


def test_only_the_approvals_that_matter_are_asked_for():
    head = {SPEC: spec(), OTHER: spec("two", covers="[lib]", body="x\n"), "tasks/specs/9.md": spec("nine", covers="[]")}
    base = head | {OTHER: spec("two", covers="[lib]"), "tasks/specs/8.md": spec("eight", covers="[]")}
    looked = case(base | CODE, head | NEW, approvals=NONE)
    assert wanted_approvals(looked) == judge(looked).wanted
    assert {(key.path, key.content == GONE) for key in wanted_approvals(looked)} == {
        (SPEC, False), (OTHER, False), ("tasks/specs/8.md", True),
    }  # fmt: skip


def test_an_approval_of_another_content_is_none():
    other = {ApprovalKey(SPEC, content(spec(body="old\n"))): ApprovalRecord(("ann",))}
    assert failures(S | CODE, S | NEW, approvals=other) == ["not-approved"]


def test_why_it_is_not_approved_and_who_could_is_told():
    why = Unapproved("outdated", ("ann", "bob"), 7)
    made = verdict(S | CODE, S | NEW, approvals={ApprovalKey(SPEC, content(spec())): why})
    (finding,) = made.worse
    assert (finding.values["reason"], finding.values["could"], finding.values["pull"]) == (
        "outdated",
        ["ann", "bob"],
        7,
    )


def test_a_verdict_says_what_counted():
    made = verdict(S | CODE, S | NEW)
    assert (made.conclusion, made.needing, [each.path for each in made.covered_by]) == ("success", 1, [SPEC])
    assert made.approved == {ApprovalKey(SPEC, content(spec())): ApprovalRecord(("ann",), 7)}
    assert verdict({"x": "1"}, {"x": "2"}).conclusion == "neutral"


# --- a migration's named spec


@pytest.mark.parametrize(
    ("path", "text", "required", "conclusion", "rules"),
    [
        (None, None, False, "neutral", []),
        (None, None, True, "failure", ["spec-not-named"]),
        ("s.md", None, False, "failure", ["spec-missing"]),
        ("s.md", spec(), False, "success", []),
        ("s.md", "---\nlast_review: 2026-11-20\n---\n", False, "success", []),
        ("s.md", spec(last_review="2026-01-01"), False, "failure", ["stale-review"]),
        ("s.md", spec(last_review="2027-01-01"), False, "failure", ["future-review"]),
        ("s.md", spec(last_review=None), False, "failure", ["no-review"]),
        ("s.md", "# x\n", False, "failure", ["bad-front-matter"]),
        ("s.md", "---\na: [\n---\n", False, "failure", ["bad-front-matter"]),
    ],
)
def test_the_spec_that_a_manifest_names(path, text, required, conclusion, rules):
    read = None if text is None else read_spec(path, text.encode())
    made = verdict({}, {}, approvals=NONE, named=Named(path, read, required, "migrations/m.yml"))
    assert (made.conclusion, [finding.rule for finding in made.worse]) == (conclusion, rules)


def test_a_named_spec_that_is_stale_is_worse_even_where_it_was_so_before():
    old = {SPEC: spec(last_review="2026-01-01")}
    named = Named(SPEC, read_spec(SPEC, old[SPEC].encode()))
    assert told(verdict(old, old, named=named)) == ([("stale-review", SPEC, "failure")], [("index-stale", INDEX)])


# --- settings and order


def test_a_bad_guarded_glob_is_refused_with_its_key():
    with pytest.raises(Refusal) as refused:
        verdict({}, {"x": "1"}, guarded=["a", "b\\c"])
    assert (refused.value.code, refused.value.place.key) == ("bad-glob", "spec.guarded[1]")


def test_findings_stand_in_one_order_and_each_once():
    base = {f"tasks/specs/{n}.md": spec(f"s{n}", last_review="2026-01-01") for n in (3, 1, 2)}
    made = verdict(base | {"src/x": "1", "z": "1"}, base | {"src/x": "2", "z": "2"}, guarded=["z"])
    assert [finding.path for finding in made.worse] == ["tasks/specs/1.md", "tasks/specs/2.md", "tasks/specs/3.md", "z"]
    assert len({finding.key for finding in made.findings}) == len(made.findings)
    assert made.fixes == ("record-review", "update-index")


def test_today_is_an_argument():
    for days in range(-3, 40):
        found = failures(S | CODE, S | NEW, today=date(2026, 11, 20) + timedelta(days))
        assert found == (["future-review"] if days < -1 else ["stale-review"] if days > 30 else [])
    assert date(2026, 11, 21) == TODAY
