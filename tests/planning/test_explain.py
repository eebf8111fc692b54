"""The reasons of a decision: complete, bounded, and harmless."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.contracts.explain import Explanation
from bot.planning.approvals import what_if
from bot.planning.approvals.decision import Blocker, Candidates, Decision, Given, Ignored, Requirement, RuledOut
from bot.planning.explain import to_contract, tree
from bot.workflows.explain_text import explain_text
from tests.planning.approvals.cast import facts, judge, rules
from tests.planning.approvals.test_table import ALL


def text(rules_, facts_="", reviews_="", owners=None, ask=()):
    world, policy = facts(facts_, reviews_, owners), rules(rules_)
    return explain_text(tree(judge(rules_, facts_, reviews_, owners), [(n, what_if(policy, world, n)) for n in ask]))


def lines(*told, **more):
    return [line for line in text(*told, **more).splitlines() if line]


def test_what_is_satisfied_and_by_whom():
    assert lines("users=ann count=2 permission=maintain", "paths=a.py", "ann+@old() cat+") == [
        "#### Approvals: ✅ 1 of 1 condition satisfied",
        "- ✅ **`r1`** (build): 2 of 2 approvals",
        "  - ✅ `ann` approved an earlier head; nothing that this rule covers has changed since ([review](#pullrequestreview-1))",
        "  - ✅ `cat` approved ([review](#pullrequestreview-2))",
        "  - for `a.py`",
    ]


def test_what_is_missing_and_who_could_give_it():
    told = lines("users=ann,ben teams=acme/design permission=admin count=2", "requester=ben", "cat-@old ann+@old(a.py)")
    assert told == [
        "#### Approvals: ❌ changes are asked for, 0 of 1 condition satisfied",
        "- ❌ `cat` asked for changes ([review](#pullrequestreview-1)); that ends when they approve, or when the review is dismissed",
        "- ⏳ **`r1`** (build): 0 of 2 approvals",
        "  - ⏳ 2 more needed; could come from `ann`, the team `acme/design`, whoever has admin access",
        "  - `ben` is named, and cannot: they asked for it",
        "  - for `a.py`, `b.md`",
        "- 1 review not counted",
        "  - `ann` ([review](#pullrequestreview-2)) for `r1/build`: what it was given for was changed since",
        "- should look again, for what they reviewed was changed since: `ann`, `cat`",
    ]


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (("", "", ""), "#### Approvals: ✅ no rule asks for any"),
        (("", "", "ann-"), "#### Approvals: ❌ no rule asks for any, but changes are asked for"),
        (("permission=write paths=x", "", ""), "#### Approvals: ✅ no rule is about this change"),
        (
            ("users=ann", "author=ann", ""),
            "  - ❌ nobody who is named can give what is missing: name more people in the settings",
        ),
        (("users=ann", "author=ann", ""), "  - `ann` is named, and cannot: they wrote it"),
        (
            ("codeowners=1", "", ""),
            "  - ❌ the rule asks the code owners, and the base branch has no CODEOWNERS file: add one, or name people in the rule",
        ),
        (
            ("codeowners=1", "", "", "*.py @ann"),
            "- ✅ `r1` (build): nobody owns `b.md`, so that nobody is asked for that".replace("✅ ", ""),
        ),
        (
            ("codeowners=1", "", "", "* a@b.c"),
            "  - named by email, which tells nobody's account: `a@b.c`. Name them by login in CODEOWNERS",
        ),
        (("codeowners=1", "paths=a.py", "", "* @ann"), "- ⏳ **`r1`** (build, owners `ann`): 0 of 1 approval"),
        (
            ("users=ann", "paths=" + ",".join(f"f{n}" for n in range(10)), ""),
            "  - for `f0`, `f1`, `f2`, `f3`, `f4`, `f5`, `f6`, `f7` and 2 more",
        ),
    ],
)
def test_a_line(told, line):
    assert line in lines(*told)


@pytest.mark.parametrize(
    ("told", "who", "line"),
    [
        (("users=ann", "", ""), "ann", "- if `ann` approved now: all would be approved"),
        (
            ("users=ann count=2 permission=admin", "", ""),
            "ann",
            "- if `ann` approved now: it would count for `r1/build`; `r1/build` would still be missing",
        ),
        (
            ("users=ann", "", ""),
            "ray",
            "- if `ray` approved now: it would not count, for no rule takes their approval; `r1/build` would still be missing",
        ),
        (
            ("users=ann,ray", "", ""),
            "ray",
            "- if `ray` approved now: it would not count, for their role here is too low now; `r1/build` would still be missing",
        ),
        (
            ("users=ann", "", "ben-"),
            "ann",
            "- if `ann` approved now: it would count for `r1/build`; `ben` would still ask for changes",
        ),
        (("users=ann", "", "ann+ ben-"), "ben", "- if `ben` approved now: all would be approved"),
        (
            ("users=ann", "requester=ann", ""),
            "ann",
            "- if `ann` approved now: it would not count, for they asked for the change; `r1/build` would still be missing",
        ),
        (("users=ann", "", "ann+@old"), "ann", "- if `ann` approved now: all would be approved"),
    ],
)
def test_what_would_be(told, who, line):
    assert line in lines(*told, ask=[who])
    assert "pullrequestreview-0" not in text(*told, ask=[who])


def test_a_supposed_decision_tells_of_no_review_that_is_not_there():
    made = explain_text(tree(what_if(rules("users=ann"), facts(), "ray")))
    assert "not counted" not in made and "pullrequestreview" not in made


def test_somebody_unknown_cannot_be_supposed():
    with pytest.raises(KeyError):
        what_if(rules("users=ann"), facts(), "stranger")


@pytest.mark.parametrize("case", ALL, ids=lambda case: " / ".join(str(part)[:40] for part in case[:5]))
def test_every_case_of_the_table_can_be_told(case):
    owners, policy, told, reviews, *_ = case
    decision = judge(policy, told, reviews, owners)
    supposed = [(who, what_if(rules(policy), facts(told, reviews, owners), who)) for who in ("dan", "ray", "robo")]
    made = explain_text(tree(decision, supposed))
    assert "\n\n- " in made or decision.state in {"not-needed", "not-applicable"}
    for line in made.splitlines():
        assert not line or line.startswith("####") or re.match(r"(  )?- \S", line), line
    contract = to_contract(decision, supposed)
    assert Explanation.model_validate_json(contract.model_dump_json()) == contract
    assert contract.open is decision.open and contract.supposed[0].user == "dan"
    assert [each.missing for each in contract.requirements] == [each.missing for each in decision.requirements]


HOSTILE = "x` @octocat <!-- -->\n# [a](b) | \u202e"


@given(st.text(min_size=1, max_size=30))
def test_it_mentions_nobody_and_breaks_out_of_nothing(name):
    for word in (name, HOSTILE, name + HOSTILE):
        who = Candidates((word,), (word,), "write", (word,), (RuledOut(word, "author"),))
        requirement = Requirement(word, "build", (word,), (word,), 2, (Given(word, 1, "carried-over"),), who, "pending")
        decision = Decision(
            "pending", (requirement,), (Blocker(word, 1),), (Ignored(word, 1, "stale", word),), (), frozenset({word})
        )
        tokens = MarkdownIt("commonmark", {"html": True}).parse(explain_text(tree(decision, [(word, decision)])))
        kinds = {token.type for token in tokens} - {"inline"}
        assert {kind.rsplit("_", 1)[0] for kind in kinds} == {"heading", "bullet_list", "list_item", "paragraph"}
        inside = [child for token in tokens if token.type == "inline" for child in token.children]
        assert not any("@" in child.content for child in inside if child.type == "text")
        assert {child.type for child in inside} <= {
            "text",
            "code_inline",
            "strong_open",
            "strong_close",
            "link_open",
            "link_close",
        }
        assert {child.attrs["href"] for child in inside if child.type == "link_open"} <= {"#pullrequestreview-1"}


def test_it_stays_short():
    many = ",".join(f"dir/file{n}" for n in range(2000))
    owners = ";".join(f"dir/file{n} @u{n}" for n in range(2000))
    assert len(text("codeowners=1", f"paths={many}", "", owners)) < 20_000
    assert "… and 1,960 more" in text("codeowners=1", f"paths={many}", "", owners)


def test_a_path_that_is_no_utf8_is_shown_with_escapes():
    made = to_contract(judge("permission=write", "paths=a\udcff", ""))
    assert json.loads(made.model_dump_json())["requirements"][0]["paths"] == ["a\\udcff"]
    assert "\\udcff" in text("permission=write", "paths=a\udcff", "")
