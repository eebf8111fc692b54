"""The approval policy, case by case: rules, facts, reviews, and what is decided. ``cast`` has the language.

A result reads ``pending r1=ann,ben*(1) ^cat ?dan``: rule r1 has ann's approval and ben's (carried over), one more is
missing; cat blocks; dan is asked again. ``!`` after a rule: nobody can ever give what is missing.
"""

import pytest

from tests.planning.approvals.cast import judge, told, whys
from tests.planning.approvals.cast import reviews as read_reviews

WRITE = "permission=write"
NAMED = "users=ann,ben"

CASES = [
    # rules, facts, reviews, decision, and whys that must be told
    # -- without rules, or none that applies
    ("", "", "", "not-needed"),
    ("", "", "ann+", "not-needed"),
    ("", "", "ann-", "not-needed ^ann"),
    ("", "", "ray-", "not-needed"),
    (f"{WRITE} paths=c.py", "", "", "not-applicable"),
    (f"{WRITE} paths=c.py", "", "ann-", "blocked ^ann"),
    (f"{WRITE} exclude=**", "", "", "not-applicable"),
    (f"{WRITE} labels=ui", "", "", "not-applicable"),
    (f"{WRITE} phases=spec", "", "", "not-applicable"),
    (WRITE, "paths=-", "", "not-applicable"),
    (WRITE, "paths=", "", "not-applicable"),
    # -- one approval by a permission
    (WRITE, "", "", "pending r1=(1)"),
    (WRITE, "", "ann+", "approved r1=ann"),
    (WRITE, "", "cat+", "approved r1=cat"),
    (WRITE, "", "dan+", "approved r1=dan"),
    (WRITE, "", "tim+", "pending r1=(1)", "tim:not-eligible"),
    (WRITE, "", "ray+", "pending r1=(1)", "ray:not-eligible"),
    (WRITE, "", "nil+", "pending r1=(1)", "nil:not-eligible"),
    ("permission=read", "", "ray+", "approved r1=ray"),
    ("permission=read", "", "nil+", "pending r1=(1)", "nil:not-eligible"),
    ("permission=triage", "", "tim+", "approved r1=tim"),
    ("permission=triage", "", "ray+", "pending r1=(1)", "ray:not-eligible"),
    ("permission=maintain", "", "ann+", "pending r1=(1)", "ann:not-eligible"),
    ("permission=maintain", "", "cat+", "approved r1=cat"),
    ("permission=admin", "", "cat+", "pending r1=(1)", "cat:not-eligible"),
    ("permission=admin", "", "dan+", "approved r1=dan"),
    (WRITE, "roles=ann:strange", "ann+", "pending r1=(1)", "ann:not-eligible"),
    (WRITE, "unknown=ann", "ann+", "pending r1=(1)", "ann:not-eligible"),
    (WRITE, "", "nobody+", "pending r1=(1)", "nobody:not-eligible"),
    (WRITE, "roles=ghost:write", "ghost+", "pending r1=(1)", "ghost:not-eligible"),
    # -- named people
    (NAMED, "", "ann+", "approved r1=ann"),
    (NAMED, "", "ANN+", "approved r1=ANN"),
    ("users=ANN", "", "ann+", "approved r1=ann"),
    (NAMED, "", "cat+", "pending r1=(1)", "cat:not-eligible"),
    (NAMED, "", "dan+", "pending r1=(1)", "dan:not-eligible"),
    (NAMED, "roles=ann:triage", "ann+", "pending r1=(1)", "ann:lost-right"),
    (NAMED, "roles=ann:read", "ann+", "pending r1=(1)", "ann:lost-right"),
    (NAMED, "roles=ann:none", "ann+", "pending r1=(1)", "ann:lost-right"),
    (f"{NAMED} least=maintain", "", "ann+", "blocked r1=!", "ann:lost-right"),
    (f"{NAMED} least=maintain", "roles=ann:admin", "ann+", "approved r1=ann"),
    ("users=ray least=read", "", "ray+", "approved r1=ray"),
    ("users=nil least=read", "", "nil+", "blocked r1=!", "nil:lost-right"),
    ("users=ray", "", "ray+", "blocked r1=!", "ray:lost-right"),
    ("users=ray permission=read", "", "ray+", "approved r1=ray"),
    ("users=ann permission=admin", "", "ann+", "approved r1=ann"),
    ("users=ann permission=admin", "", "cat+", "pending r1=(1)", "cat:not-eligible"),
    # -- teams
    ("teams=acme/core", "", "ben+", "approved r1=ben"),
    ("teams=acme/core", "", "cat+", "approved r1=cat"),
    ("teams=Acme/CORE", "", "ben+", "approved r1=ben"),
    ("teams=acme/core", "", "ann+", "pending r1=(1)", "ann:not-eligible"),
    ("teams=acme/core", "roles=ben:read", "ben+", "pending r1=(1)", "ben:lost-right"),
    ("teams=acme/core,acme/design", "", "ann+", "approved r1=ann"),
    ("teams=acme/far", "", "ray+", "blocked r1=!", "ray:lost-right"),
    ("teams=acme/far", "hidden=1", "ray+", "pending r1=(1)", "ray:lost-right"),
    ("teams=acme/far least=read", "", "ray+", "approved r1=ray"),
    ("teams=acme/far least=read", "", "nil+", "pending r1=(1)", "nil:lost-right"),
    ("teams=acme/none", "", "ann+", "blocked r1=!", "ann:not-eligible"),
    ("teams=acme/none", "hidden=1", "", "pending r1=(1)"),
    ("teams=other/core", "", "ben+", "pending r1=(1)", "ben:not-eligible"),
    ("teams=acme/core", "teams=ann:acme/core", "ann+", "approved r1=ann"),
    ("teams=acme/core", "teams=ann:acme/corex", "ann+", "pending r1=(1)", "ann:not-eligible"),
    # -- how many
    (f"{WRITE} count=2", "", "ann+", "pending r1=ann(1)"),
    (f"{WRITE} count=2", "", "ann+ ben+", "approved r1=ann,ben"),
    (f"{WRITE} count=2", "", "ann+ ann+", "pending r1=ann(1)", "ann:superseded"),
    (f"{WRITE} count=2", "", "ann+ ANN+", "pending r1=ANN(1)", "ann:superseded"),
    (f"{WRITE} count=3", "", "ann+ ben+ ray+", "pending r1=ann,ben(1)", "ray:not-eligible"),
    (f"{WRITE} count=2", "", "ann+ ben+ cat+", "approved r1=ann,ben,cat"),
    (f"{NAMED} count=2", "", "ann+ cat+", "pending r1=ann(1)", "cat:not-eligible"),
    (f"{NAMED} count=3", "", "", "blocked r1=!"),
    (f"{NAMED} count=3", "", "ANN+", "blocked r1=ANN!"),
    (f"{NAMED} count=2", "author=ann", "", "blocked r1=!"),
    (f"{NAMED} count=2", "author=ann", "ben+", "blocked r1=ben!"),
    ("users=ann teams=acme/design count=2", "", "ann+", "blocked r1=ann!"),
    ("users=ann teams=acme/core count=2", "", "ann+ ben+", "approved r1=ann,ben"),
    # -- who never counts
    (WRITE, "author=ann", "ann+", "pending r1=(1)", "ann:author"),
    (WRITE, "author=Ann", "ann+", "pending r1=(1)", "ann:author"),
    (WRITE, "author=ann", "ann+ ben+", "approved r1=ben", "ann:author"),
    (WRITE, "requester=ann", "ann+", "pending r1=(1)", "ann:requester"),
    (WRITE, "requester=ANN,cat", "ann+", "pending r1=(1)", "ann:requester"),
    (WRITE, "requester=ann", "ann+ ben+", "approved r1=ben", "ann:requester"),
    (WRITE, "pushed=ann", "ann+", "pending r1=(1)", "ann:contributor"),
    (WRITE, "pushed=Ann", "ann+", "pending r1=(1)", "ann:contributor"),
    (WRITE, "pushed=dan", "dan+", "pending r1=(1)", "dan:contributor"),
    (WRITE, "", "graftsman[bot]+", "pending r1=(1)", "graftsman[bot]:bot"),
    (WRITE, "author=ann", "graftsman[bot]+", "pending r1=(1)", "graftsman[bot]:bot"),
    (WRITE, "", "other[bot]+", "pending r1=(1)", "other[bot]:bot"),
    (WRITE, "", "robo+", "pending r1=(1)", "robo:bot"),
    (WRITE, "roles=new[bot]:admin", "new[bot]+", "pending r1=(1)", "new[bot]:bot"),
    ("users=ann", "author=ann", "ann+", "blocked r1=!", "ann:author"),
    ("users=ann", "requester=ann", "", "blocked r1=!"),
    ("users=ANN", "author=ann", "", "blocked r1=!"),
    ("users=ANN", "requester=ann", "", "blocked r1=!"),
    ("users=ann", "pushed=ann", "", "blocked r1=!"),
    ("users=ann", "roles=ann:read", "", "blocked r1=!"),
    ("users=robo", "", "robo+", "blocked r1=!", "robo:bot"),
    ("users=ann", "unknown=ann", "", "pending r1=(1)"),
    ("teams=acme/design", "author=ann", "", "blocked r1=!"),
    ("teams=acme/core", "author=ben", "", "pending r1=(1)"),
    ("teams=acme/core count=2", "author=ben", "cat+", "blocked r1=cat!", ""),
    ("users=ann permission=write", "author=ann", "", "pending r1=(1)"),
    # -- the latest opinion of each
    (WRITE, "", "ann+ ann-", "blocked r1=(1) ^ann", "ann:superseded"),
    (WRITE, "", "ann- ann+", "approved r1=ann", "ann:superseded"),
    (WRITE, "", "ann+ ann~", "approved r1=ann"),
    (WRITE, "", "ann~", "pending r1=(1)"),
    (WRITE, "", "ann- ann~", "blocked r1=(1) ^ann"),
    (WRITE, "", "ann+ ann.", "approved r1=ann"),
    (WRITE, "", "ann.", "pending r1=(1)"),
    (WRITE, "", "ann!", "pending r1=(1)", "ann:dismissed"),
    (WRITE, "", "ann+ ann!", "pending r1=(1)", "ann:dismissed ann:superseded"),
    (WRITE, "", "ann! ann+", "approved r1=ann", "ann:superseded"),
    (WRITE, "", "ann- ann!", "blocked r1=(1) ^ann", "ann:dismissed ann:superseded"),
    (WRITE, "", "ann+ ann- ann!", "blocked r1=(1) ^ann", "ann:dismissed"),
    (WRITE, "", "ann- ann+ ann!", "pending r1=(1)", "ann:dismissed"),
    (WRITE, "", "ann! ann-", "blocked r1=(1) ^ann"),
    (WRITE, "", "ann+t9 ann-t3", "approved r1=ann", "ann:superseded"),
    (WRITE, "", "ann+t3#9 ann-t3#5", "approved r1=ann", "ann:superseded"),
    (WRITE, "", "ann+t3#5 ann-t3#9", "blocked r1=(1) ^ann", "ann:superseded"),
    (WRITE, "", "ann+ ANN-", "blocked r1=(1) ^ANN", "ann:superseded"),
    # -- changes requested
    (WRITE, "", "ann+ ben-", "blocked r1=ann ^ben"),
    (WRITE, "", "ann+ ben- ben+", "approved r1=ann,ben", "ben:superseded"),
    (WRITE, "", "ann+ ray-", "approved r1=ann"),
    (WRITE, "", "ann+ tim-", "approved r1=ann"),
    ("users=ray,ann least=read", "", "ann+ ray-", "blocked r1=ann ^ray"),
    ("permission=triage", "", "ann+ tim-", "blocked r1=ann ^tim"),
    (NAMED, "", "ann+ dan-", "blocked r1=ann ^dan"),
    (NAMED, "roles=ben:read", "ann+ ben-", "approved r1=ann"),
    (WRITE, "", "ann+ nil-", "approved r1=ann"),
    (WRITE, "", "ann+ nobody-", "approved r1=ann"),
    (WRITE, "", "ann+ graftsman[bot]-", "approved r1=ann"),
    (WRITE, "", "ann+ other[bot]-", "blocked r1=ann ^other[bot]"),
    (WRITE, "requester=ben", "ann+ ben-", "blocked r1=ann ^ben"),
    (WRITE, "pushed=ben", "ann+ ben-", "blocked r1=ann ^ben"),
    (WRITE, "", "ann+ ben-@old()", "blocked r1=ann ^ben"),
    (WRITE, "", "ann+ ben-@old", "blocked r1=ann ^ben ?ben"),
    (WRITE, "", "ann+ ben-@old(a.py)", "blocked r1=ann ^ben ?ben"),
    (f"{WRITE} paths=a.py", "", "ann+ ben-@old(b.md)", "blocked r1=ann ^ben"),
    (f"{NAMED} paths=a.py", "", "ann+ dan-@old(b.md)", "blocked r1=ann ^dan ?dan"),
    (WRITE, "", "ann+ ben- cat-", "blocked r1=ann ^ben ^cat"),
    ("users=ray least=read labels=ui", "", "ray-", "not-applicable"),
    ("users=ray least=read labels=ui", "labels=ui", "ray-", "blocked r1=(1) ^ray"),
    # -- heads, and what moved since
    (WRITE, "", "ann+@old", "pending r1=(1) ?ann", "ann:unknown-head"),
    (WRITE, "", "ann+@old()", "approved r1=ann*"),
    (WRITE, "", "ann+@old(a.py)", "pending r1=(1) ?ann", "ann:stale"),
    (WRITE, "", "ann+@old(b.md)", "pending r1=(1) ?ann", "ann:stale"),
    (f"{WRITE} paths=a.py", "", "ann+@old(b.md)", "approved r1=ann*"),
    (f"{WRITE} paths=a.py", "", "ann+@old(a.py,b.md)", "pending r1=(1) ?ann", "ann:stale"),
    (f"{WRITE} exclude=*.md", "", "ann+@old(b.md)", "approved r1=ann*"),
    (f"{WRITE} paths=*.md", "", "ann+@old(b.md)", "pending r1=(1) ?ann", "ann:stale"),
    (WRITE, "", "ann+@old(a.py) ben+", "approved r1=ben", "ann:stale"),
    (f"{WRITE} count=2", "", "ann+@old() ben+", "approved r1=ann*,ben"),
    (f"{WRITE} count=2", "", "ann+@old(a.py) ben+", "pending r1=ben(1) ?ann", "ann:stale"),
    (WRITE, "", "ann+@old(a.py) ann+", "approved r1=ann", "ann:superseded"),
    (WRITE, "", "ann+ ann+@old(a.py)", "pending r1=(1) ?ann", "ann:superseded ann:stale"),
    (WRITE, "", "ray+@old(a.py)", "pending r1=(1)", "ray:not-eligible"),
    (WRITE, "author=ann", "ann+@old()", "pending r1=(1)", "ann:author"),
    (NAMED, "roles=ann:read", "ann+@old()", "pending r1=(1)", "ann:lost-right"),
    (
        "permission=write paths=a.py | permission=write paths=b.md",
        "",
        "ann+@old(b.md)",
        "pending r1=ann* r2=(1) ?ann",
        "ann:stale",
    ),
    # -- paths that are no longer changed
    (WRITE, "", "ann+@old(gone.py)", "pending r1=(1) ?ann", "ann:stale"),
    (f"{WRITE} paths=a.py", "", "ann+@old(gone.py)", "approved r1=ann*"),
    (WRITE, "dropped=gone.py", "ann+@old(gone.py)", "pending r1=(1) ?ann", "ann:stale"),
    (WRITE, "dropped=", "ann+@old(other.py)", "approved r1=ann*"),
    (WRITE, "spec=s.md", "ann+@old(s.md)", "approved r1=ann*"),
    (f"{WRITE} phases=build,spec", "spec=s.md", "ann+@old(s.md)", "pending r1=ann* r1.spec=(1) ?ann", "ann:stale"),
    # -- phases
    (f"{WRITE} phases=spec", "spec=s.md", "", "pending r1.spec=(1)"),
    (f"{WRITE} phases=spec", "spec=s.md", "ann+", "approved r1.spec=ann"),
    (f"{WRITE} phases=plan", "plan=apps/x paths=-", "", "pending r1.plan=(1)"),
    (f"{WRITE} phases=build,release", "release=a.py,b.md", "ann+", "approved r1=ann r1.release=ann"),
    (f"{WRITE} phases=build,build", "", "ann+", "approved r1=ann"),
    (f"{WRITE} phases=spec paths=docs/**", "spec=s.md", "", "not-applicable"),
    ("permission=admin phases=release | permission=write", "release=a.py", "ann+", "pending r1.release=(1) r2=ann"),
    # -- labels
    (f"{WRITE} labels=ui", "labels=ui", "", "pending r1=(1)"),
    (f"{WRITE} labels=UI", "labels=ui", "", "pending r1=(1)"),
    (f"{WRITE} labels=ui,api", "labels=API", "ann+", "approved r1=ann"),
    (f"{WRITE} labels=ui", "labels=uix", "", "not-applicable"),
    (f"{WRITE} | {NAMED} labels=ui", "labels=other", "cat+", "approved r1=cat"),
    (f"{WRITE} | {NAMED} labels=ui", "labels=ui", "cat+", "pending r1=cat r2=(1)"),
    # -- several rules
    ("users=ann name=design paths=*.md | users=ben name=core paths=*.py", "", "ann+", "pending design=ann core=(1)"),
    (
        "users=ann name=design paths=*.md | users=ben name=core paths=*.py",
        "",
        "ann+ ben+",
        "approved design=ann core=ben",
    ),
    ("users=ann name=design paths=*.md | users=ben name=core paths=*.go", "", "ann+", "approved design=ann"),
    ("users=ann | users=ann,ben", "", "ann+", "approved r1=ann r2=ann"),
    ("users=ann | users=ben", "author=ben", "ann+", "blocked r1=ann r2=!"),
    ("paths=docs/** permission=write", "paths=docs/x,docs/y/z", "ann+", "approved r1=ann"),
    ("paths=docs/* permission=write", "paths=docs/y/z", "ann+", "not-applicable"),
    ("paths=** exclude=docs/** permission=write", "paths=docs/x", "", "not-applicable"),
    ("paths=** exclude=docs/** permission=write", "paths=docs/x,b", "ann+@old(docs/x)", "approved r1=ann*"),
]

OWNERS = "*.py @ann; *.md @acme/core"
OWNED = [
    # CODEOWNERS, rules, facts, reviews, decision, whys
    (OWNERS, "codeowners=1", "", "", "pending r1[acme/core]=(1) r1[ann]=(1)"),
    (OWNERS, "codeowners=1", "", "ann+", "pending r1[acme/core]=(1) r1[ann]=ann"),
    (OWNERS, "codeowners=1", "", "ann+ ben+", "approved r1[acme/core]=ben r1[ann]=ann"),
    (OWNERS, "codeowners=1", "", "dan+", "pending r1[acme/core]=(1) r1[ann]=(1)", "dan:not-eligible"),
    (OWNERS, "codeowners=1", "paths=a.py", "ann+", "approved r1[ann]=ann"),
    (OWNERS, "codeowners=1 paths=*.md", "", "ben+", "approved r1[acme/core]=ben"),
    (
        OWNERS,
        "codeowners=1",
        "",
        "ann+@old(b.md) ben+@old(b.md)",
        "pending r1[acme/core]=(1) r1[ann]=ann* ?ben",
        "ben:stale",
    ),
    (
        OWNERS,
        "codeowners=1",
        "",
        "ann+@old(a.py) ben+@old(a.py)",
        "pending r1[acme/core]=ben* r1[ann]=(1) ?ann",
        "ann:stale",
    ),
    (
        OWNERS,
        "codeowners=1",
        "",
        "ann+@old(gone.py) ben+@old(gone.py)",
        "pending r1[acme/core]=ben* r1[ann]=(1) ?ann",
        "ann:stale",
    ),
    (OWNERS, "codeowners=1", "roles=ann:read", "ann+ ben+", "blocked r1[acme/core]=ben r1[ann]=!", "ann:lost-right"),
    (OWNERS, "codeowners=1 least=maintain", "paths=b.md", "ben+ cat+", "approved r1[acme/core]=cat", "ben:lost-right"),
    (OWNERS, "codeowners=1", "author=ann", "ben+", "blocked r1[acme/core]=ben r1[ann]=!"),
    (OWNERS, "codeowners=1 permission=write", "", "dan+", "pending r1[acme/core]=(1) r1[ann]=(1)", "dan:not-eligible"),
    (OWNERS, "codeowners=1", "paths=c.go", "", "not-applicable unowned:c.go"),
    (OWNERS, "codeowners=1", "paths=c.go,a.py", "ann+", "approved r1[ann]=ann unowned:c.go"),
    (OWNERS, "codeowners=1 permission=write", "paths=c.go", "", "pending r1=(1)"),
    (OWNERS, "codeowners=1 permission=write", "paths=c.go,a.py", "dan+", "pending r1=dan r1[ann]=(1)"),
    (OWNERS, "codeowners=1 users=dan", "paths=c.go,a.py", "ann+ dan+", "approved r1=dan r1[ann]=ann"),
    (OWNERS, "codeowners=1 users=dan", "paths=c.go,a.py", "ann+ dan+@old(a.py)", "approved r1=dan* r1[ann]=ann"),
    ("* @ann @ben", "codeowners=1", "", "ben+", "approved r1[ann+ben]=ben"),
    ("*.py @ann @ben; *.md @ben @ann", "codeowners=1", "", "ben+", "approved r1[ann+ben]=ben"),
    ("* @ann @ben", "codeowners=1 count=2", "", "ben+", "pending r1[ann+ben]=ben(1)"),
    ("* @ann", "codeowners=1 count=2", "", "ann+", "blocked r1[ann]=ann!"),
    ("* @ann; *.md", "codeowners=1", "", "ann+", "approved r1[ann]=ann unowned:b.md"),
    ("* who@example.com", "codeowners=1", "", "ann+", "blocked r1[who@example.com]=!", "ann:not-eligible"),
    ("* who@example.com @ann", "codeowners=1", "", "ann+", "approved r1[ann+who@example.com]=ann"),
    ("* @ANN", "codeowners=1", "", "ann+", "approved r1[ann]=ann"),
    ("* @acme/unknown", "codeowners=1", "", "ann+", "pending r1[acme/unknown]=(1)", "ann:not-eligible"),
    (None, "codeowners=1", "", "ann+", "blocked r1=!", "ann:not-eligible"),
    (None, "codeowners=1 permission=write", "", "ann+", "approved r1=ann"),
    ("", "codeowners=1", "", "", "not-applicable unowned:a.py,b.md"),
    ("x" * (3 << 20), "codeowners=1 permission=write", "", "ann+", "blocked r1=!", "ann:not-eligible"),
]
ALL = [*((None, *case) for case in CASES), *OWNED]


def test_there_are_enough_cases():
    assert len(ALL) == len({str(case) for case in ALL}) >= 150


@pytest.mark.parametrize("case", ALL, ids=lambda case: " / ".join(str(part)[:40] for part in case[:5]))
def test_a_case(case):
    owners, rules, facts, reviews, expected, *reasons = case
    decision = judge(rules, facts, reviews, owners)
    assert told(decision) == expected
    assert {reason for each in reasons for reason in each.split()} <= whys(decision)
    assert decision.open is (
        expected.split()[0] in {"approved", "not-needed", "not-applicable"} and "^" not in expected
    )


@pytest.mark.parametrize("case", ALL, ids=lambda case: " / ".join(str(part)[:40] for part in case[:5]))
def test_every_approval_is_counted_or_told_why_not(case):
    """Nothing falls between: each approving review is given somewhere, or has a reason."""
    owners, rules, facts, reviews, _, *_ = case
    decision = judge(rules, facts, reviews, owners)
    if decision.state == "not-needed":
        return
    told_of = {each.review for each in decision.ignored} | {
        one.review for each in decision.requirements for one in each.given
    }
    assert {each.id for each in read_reviews(reviews) if each.state == "approved"} <= told_of
