"""A short language for cases: rules, facts, reviews and decisions as one line each."""

import re
from datetime import UTC, datetime, timedelta

from bot.contracts.policy import ApprovalRule
from bot.planning.approvals import Facts, Person, ReviewFact, decide
from bot.source.codeowners import parse

BOT = "graftsman[bot]"
START = datetime(2026, 11, 1, tzinfo=UTC)
ROLES = {
    "ann": "write",
    "ben": "write",
    "cat": "maintain",
    "dan": "admin",
    "tim": "triage",
    "ray": "read",
    "nil": "none",
    "req": "write",
    "push": "write",
    BOT: "write",
    "other[bot]": "write",
    "robo": "write",
}
TEAMS = {"acme/design": {"ann"}, "acme/core": {"ben", "cat"}, "acme/far": {"ray", "nil"}, "acme/none": set()}
STATES = {"+": "approved", "-": "changes-requested", "~": "commented", "!": "dismissed", ".": "pending"}
REVIEW = re.compile(r"([A-Za-z\[\]-]+)([-+~!.])(?:@old(\(([^)]*)\))?)?(?:t(\d+))?(?:#(\d+))?")


def words(text):
    return dict(word.split("=", 1) for word in text.split())


def many(text):
    return [each for each in (text or "").split(",") if each]


def rule(text, number=1):
    """``users=ann,ben count=2 paths=*.py``."""
    given = words(text)
    whom = {key: many(given[key]) for key in ("users", "teams") if key in given}
    whom |= {"permission": given["permission"]} if "permission" in given else {}
    whom |= {"codeowners": True} if "codeowners" in given else {}
    made = {"name": given.get("name", f"r{number}"), "from": whom}
    made |= {key: many(given[key]) for key in ("phases", "paths", "exclude", "labels") if key in given}
    made |= {"count": int(given["count"])} if "count" in given else {}
    made |= {"least": given["least"]} if "least" in given else {}
    return ApprovalRule.model_validate(made, strict=False)


def rules(text):
    """Several, with ``|`` between them."""
    return [rule(each, number) for number, each in enumerate(filter(str.strip, text.split("|")), 1)]


def reviews(text):
    """``ann+ ben-@old cat+@old(a.py,b.py)``: state, head (``@old`` not known, ``@old()`` nothing moved), ``#id``, ``t`` time."""
    found = []
    for number, word in enumerate(text.split(), 1):
        user, state, brackets, moved, time, id_ = REVIEW.fullmatch(word).groups()
        old = "@old" in word
        known = frozenset() if not old else frozenset(many(moved)) if brackets is not None else None
        at = START + timedelta(minutes=int(time) if time else number)
        found.append(
            ReviewFact(int(id_ or number), user, STATES[state], "0" * 40 if old else "1" * 40, at, known, not old)
        )
    return tuple(found)


def facts(text="", given="", owners=None):
    """``paths=a.py,b.md spec=s.md labels=ui author=ann requester=ben pushed=cat roles=ann:read teams=ray:acme/core``."""
    told = words(text)
    roles = ROLES | dict(each.split(":") for each in many(told.get("roles")))
    teams = {name: frozenset(team for team, members in TEAMS.items() if name in members) for name in roles}
    teams |= {each.split(":")[0]: frozenset({each.split(":")[1]}) for each in many(told.get("teams"))}
    people = {
        name: Person(name, role, teams[name], bot=name in {BOT, "other[bot]", "robo"}) for name, role in roles.items()
    }
    for name in many(told.get("unknown")):
        del people[name]
    paths = {"build": tuple(many(told.get("paths", "a.py,b.md")))}
    paths |= {phase: tuple(many(told[phase])) for phase in ("plan", "spec", "release") if phase in told}
    if told.get("paths") == "-":
        del paths["build"]
    dropped = None if "dropped" not in told else {"build": frozenset(many(told["dropped"]))}
    return Facts(
        author=told.get("author", BOT),
        bot=BOT,
        requesters=frozenset(many(told.get("requester", "req"))),
        contributors=frozenset(many(told.get("pushed", "push"))),
        paths=paths,
        labels=frozenset(many(told.get("labels"))),
        reviews=reviews(given),
        people=people,
        owners=None if owners is None else parse(owners.replace(";", "\n").encode(), "CODEOWNERS"),
        team_members={} if "hidden" in told else {team: frozenset(members) for team, members in TEAMS.items()},
        dropped=dropped,
    )


def told(decision):
    """``approved r1=ann,ben* ^eve ?dan``: each requirement's approvals (``*`` carried over), blockers, who is asked again."""
    parts = [decision.state]
    for each in decision.requirements:
        name = each.rule + (f".{each.phase}" if each.phase != "build" else "")
        name += f"[{'+'.join(each.owners)}]" if each.owners else ""
        gave = ",".join(one.user + ("*" if one.why == "carried-over" else "") for one in each.given)
        parts.append(f"{name}={gave}" + {"impossible": "!", "pending": f"({each.missing})"}.get(each.state, ""))
    parts += [f"^{each.user}" for each in decision.blockers]
    parts += [f"?{user}" for user in sorted(decision.asked)]
    parts += [f"unowned:{','.join(each.paths)}" for each in decision.unowned]
    return " ".join(parts)


def whys(decision):
    """``ann:stale``."""
    return {f"{each.user}:{each.why}" for each in decision.ignored}


def judge(rules_, facts_="", reviews_="", owners=None):
    return decide(rules(rules_), facts(facts_, reviews_, owners))
