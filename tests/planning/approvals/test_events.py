"""No sequence of events by people without rights ever turns a gate green.

The machine plays a pull request: people review, edit and dismiss, push, label, gain and lose roles. What a review was
given for is kept as the contents it saw, so that the oracle can say what it still covers without the policy's own
words. It is a second, plain reading of the rules: it knows who has rights, and nothing else makes a gate open.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.contracts.github import LabelEvent
from bot.contracts.policy import ApprovalRule
from bot.planning.approvals import Facts, Person, ReviewFact, decide, what_if
from bot.planning.labels import standing_labels
from bot.source.codeowners import parse

BOT = "graftsman[bot]"
RANK = ["none", "read", "triage", "write", "maintain", "admin"]
PATHS = ["src/a.py", "src/b.py", "docs/x.md", "ui/y.css"]
LABELS = ["ui", "risky"]
START = datetime(2026, 11, 1, tzinfo=UTC)
OWNERS = "src/ @olga\ndocs/ @acme/writers\n"
RULES = [
    {"name": "product", "from": {"users": ["pam", "quinn"]}},
    {"name": "core", "paths": ["src/**"], "from": {"permission": "maintain"}, "count": 2},
    {"name": "design", "paths": ["ui/**"], "labels": ["UI"], "from": {"teams": ["acme/design"], "users": ["dora"]}},
    {"name": "owners", "from": {"codeowners": True}},
    {"name": "risk", "labels": ["risky"], "from": {"permission": "admin", "users": ["pam"]}, "least": "maintain"},
]
RULES = [ApprovalRule.model_validate(each, strict=False) for each in RULES]
RIGHTFUL = {"pam": "write", "quinn": "write", "olga": "write", "dora": "write", "max": "maintain", "mia": "admin"}
"""They have rights."""
OTHERS = {"tom": "triage", "ria": "read", "nobody": "none", "wes": "write", "evil[bot]": "write", BOT: "write"}
"""They have none of the rights that a rule asks for. Wes may write, pushes, and is the requester."""
TEAMS = {"acme/writers": {"quinn", "ria"}, "acme/design": {"dora", "tom"}}
EVERYBODY = [*RIGHTFUL, *OTHERS]


class Pull(RuleBasedStateMachine):
    """The world. Subclasses say who acts."""

    actors: tuple[str, ...] = ()
    pushers: tuple[str, ...] = ()
    teams, owners, bots = TEAMS, OWNERS, frozenset()

    def start(self, paths, labels):
        self.roles = {**RIGHTFUL, **OTHERS}
        self.content = dict.fromkeys(paths, 0)
        self.head, self.clock, self.version = 0, START, 0
        self.contributors, self.requesters = set(), {"wes"}
        self.reviews, self.seen, self.forgotten = [], {}, set()
        self.labels, self.label_events = set(labels), []
        for label in sorted(labels):
            self._label(label, "labeled", "mia")

    def _tick(self):
        self.clock += timedelta(seconds=1)
        return self.clock

    def _label(self, label, event, actor):
        self.label_events.append(LabelEvent(event=event, label=label, actor=actor, created_at=self._tick()))

    # --- what anybody without rights may try

    @rule(data=st.data(), state=st.sampled_from(["approved", "changes-requested", "commented", "pending"]))
    def review(self, data, state):
        user = data.draw(st.sampled_from(self.actors))
        self._review(data.draw(st.sampled_from([user, user.upper()])), state)

    def _review(self, user, state):
        made = ReviewFact(len(self.reviews) + 1, user, state, str(self.head), self._tick(), frozenset(), True)
        self.reviews.append(made)
        self.seen[made.id] = (self.head, dict(self.content))

    @precondition(lambda self: self.reviews)
    @rule(data=st.data())
    def edit_a_body(self, data):
        at = data.draw(st.integers(0, len(self.reviews) - 1))
        old = self.reviews[at]
        editor = data.draw(st.sampled_from(self.actors))
        self.reviews[at] = ReviewFact(
            old.id, old.user, old.state, old.commit, old.at, old.moved, old.on_head, body_edited_by=editor
        )

    @precondition(lambda self: any(each.user.lower() in self.actors for each in self.reviews))
    @rule(data=st.data())
    def dismiss(self, data):
        own = [at for at, each in enumerate(self.reviews) if each.user.lower() in self.actors]
        at = data.draw(st.sampled_from(own))
        old = self.reviews[at]
        self.reviews[at] = ReviewFact(old.id, old.user, "dismissed", old.commit, old.at, old.moved, old.on_head)

    @rule(data=st.data(), path=st.sampled_from(PATHS))
    def push(self, data, path):
        """A change of a file, or its return to what the base has."""
        user = data.draw(
            st.sampled_from([name for name in self.actors if RANK.index(self.roles[name]) >= 3] or ["wes"])
        )
        self.contributors.add(user)
        self.head += 1
        if path in self.content and len(self.content) > 1 and data.draw(st.booleans()):
            del self.content[path]
        else:
            self.version += 1
            self.content[path] = self.version

    @rule()
    def replay(self):
        """A new head with the same changes."""
        self.head += 1

    @rule(data=st.data(), label=st.sampled_from(LABELS), on=st.booleans())
    def label(self, data, label, on):
        able = [name for name in self.actors if RANK.index(self.roles[name]) >= 2]
        if not able or on is (label in self.labels):
            return
        actor = data.draw(st.sampled_from(able))
        (self.labels.add if on else self.labels.discard)(label)
        self._label(label, "labeled" if on else "unlabeled", actor)

    # --- what is decided

    def facts(self):
        roles = {name.lower(): role for name, role in self.roles.items()}
        teams = {name: frozenset(team for team, inside in self.teams.items() if name in inside) for name in self.roles}
        reviews = []
        for each in self.reviews:
            head, saw = self.seen[each.id]
            moved = {path for path in {*saw, *self.content} if saw.get(path) != self.content.get(path)}
            reviews.append(
                ReviewFact(
                    each.id,
                    each.user,
                    each.state,
                    each.commit,
                    each.at,
                    None if each.id in self.forgotten else frozenset(moved),
                    head == self.head,
                    each.body_edited_by,
                )
            )
        return Facts(
            author=BOT,
            bot=BOT,
            requesters=frozenset(self.requesters),
            contributors=frozenset(self.contributors),
            paths={"build": tuple(sorted(self.content))},
            labels=standing_labels(self.label_events, roles, self.labels),
            reviews=tuple(reviews),
            people={
                name.lower(): Person(name, role, teams[name], name in self.bots) for name, role in self.roles.items()
            },
            owners=parse(self.owners.encode(), "CODEOWNERS"),
            team_members={team: frozenset(inside) for team, inside in self.teams.items()},
        )

    # --- the oracle

    def _latest(self, user):
        found = [
            each for each in self.reviews if each.user.lower() == user and each.state not in {"commented", "pending"}
        ]
        return found[-1] if found else None

    def _approves(self, user, about, least):
        """Whether somebody's word, as it stands, is about just these changes, and they may give it."""
        if user in self.requesters or user in self.contributors or user.endswith("[bot]"):
            return False
        latest = self._latest(user)
        if latest is None or latest.state != "approved" or RANK.index(self.roles[user]) < RANK.index(least):
            return False
        _, saw = self.seen[latest.id]
        return {path: text for path, text in saw.items() if about(path)} == {
            path: text for path, text in self.content.items() if about(path)
        }

    def satisfied(self):
        """All rules, written out by hand."""

        def by(users, about, least="write"):
            return sum(self._approves(user, about, least) for user in users)

        def under(folder):
            return lambda path: path.startswith(folder)

        labels = {event.label for event in self.label_events if self._stands(event.label)}
        touched = {path.split("/")[0] for path in self.content}
        enough = [by(["pam", "quinn"], lambda _: True) >= 1]
        if "src" in touched:
            enough += [by(EVERYBODY, under("src/"), "maintain") >= 2, by(["olga"], under("src/")) >= 1]
        if "docs" in touched:
            enough.append(by(["quinn", "ria"], under("docs/")) >= 1)
        if "ui" in touched and "ui" in labels:
            enough.append(by(["dora", "tom"], under("ui/")) >= 1)
        if "risky" in labels:
            enough.append(
                by(["pam"], lambda _: True, "maintain") + by(set(EVERYBODY) - {"pam"}, lambda _: True, "admin") >= 1
            )
        return all(enough)

    def _stands(self, label):
        standing = False
        for event in self.label_events:
            if event.label == label and event.event == "labeled":
                standing = True
            elif event.label == label and RANK.index(self.roles[event.actor]) >= 3:
                standing = False
        return standing

    def objections(self):
        """Everybody with a say whose last word that was not taken back asks for changes."""
        found = set()
        for user in EVERYBODY:
            words = [
                each
                for each in self.reviews
                if each.user.lower() == user and each.state in {"approved", "changes-requested"}
            ]
            if user != BOT and words and words[-1].state == "changes-requested" and RANK.index(self.roles[user]) >= 3:
                found.add(user)
        return found


class WithoutRights(Pull):
    """Only olga may approve, and once; everybody else has each but one thing that it takes."""

    cast = {  # noqa: RUF012
        "olga": "write",
        "rex": "admin",  # asked for it
        "con": "admin",  # pushed to it
        "evil[bot]": "admin",
        BOT: "admin",
        "robo": "admin",  # a bot by GitHub's word alone
        "pam": "read",  # had the right
        "tom": "triage",
        "ria": "read",
        "nobody": "none",
        "ghost": "admin",  # any deleted account
    }
    actors = tuple(set(cast) - {"olga"})
    pushers = ("con",)
    teams = {"acme/design": {"olga", "tom", "rex", "robo", "pam"}}  # noqa: RUF012
    owners = "* @olga @rex @con @pam @acme/design\n"
    bots = frozenset({"robo"})
    policies = tuple(
        ApprovalRule.model_validate({"name": "one", "from": whom, **more}, strict=False)
        for whom, more in [
            ({"permission": "write"}, {}),
            ({"users": ["olga", "rex", "con", "robo", "pam", "tom", "ghost"]}, {}),
            ({"teams": ["acme/design"]}, {}),
            ({"codeowners": True}, {}),
            ({"permission": "write"}, {"labels": ["ui"]}),
        ]
    )

    @initialize(
        paths=st.sets(st.sampled_from(PATHS), min_size=1),
        policy=st.sampled_from(policies),
        asks=st.sampled_from(["olga", None]),
    )
    def open(self, paths, policy, asks):
        self.start(paths, {"ui"})
        self.roles = {"mia": "admin", **self.cast}
        self.requesters, self.contributors = {"rex"}, {"con"}
        self.policy, self.waiting = [policy], asks

    @rule()
    def all_the_others_approve(self):
        for user in sorted(self.actors):
            self._review(user, "approved")

    @precondition(lambda self: len(getattr(self, "content", ())) > 1)
    @rule(data=st.data())
    def take_a_file_out(self, data):
        del self.content[data.draw(st.sampled_from(sorted(self.content)))]
        self.head += 1

    @rule()
    def what_moved_is_forgotten(self):
        """The commits that were reviewed are gone: nobody can compare any more."""
        self.forgotten |= set(self.seen)

    @precondition(lambda self: getattr(self, "waiting", None))
    @rule()
    def the_one_approval(self):
        self._review(self.waiting, "approved")
        self.waiting = None

    @rule(data=st.data(), label=st.sampled_from(LABELS), on=st.booleans())
    def label(self, data, label, on):
        if on is not (label in self.labels):
            (self.labels.add if on else self.labels.discard)(label)
            self._label(label, "labeled" if on else "unlabeled", data.draw(st.sampled_from(["tom", "ria"])))

    @invariant()
    def never_green_but_by_her(self):
        if not hasattr(self, "content"):
            return
        decision = decide(self.policy, self.facts())
        assert decision.requirements
        hers = [each for each in self.reviews if each.user == "olga"]
        if decision.open:
            assert hers and self.seen[hers[0].id][1] == self.content
        assert {one.user for each in decision.requirements for one in each.given} <= {"olga"}


class Anybody(Pull):
    """Everybody acts, roles come and go: the gate is open just when the oracle says so."""

    actors = tuple(EVERYBODY)

    @initialize(paths=st.sets(st.sampled_from(PATHS), min_size=1), labels=st.sets(st.sampled_from(LABELS)))
    def open(self, paths, labels):
        self.start(paths, labels)

    @rule(user=st.sampled_from(EVERYBODY), role=st.sampled_from(RANK))
    def change_a_role(self, user, role):
        self.roles[user] = role

    @rule(user=st.sampled_from(list(RIGHTFUL)))
    def ask(self, user):
        self.requesters.add(user)

    @rule()
    def all_approve(self):
        for user in sorted(set(RIGHTFUL) - self.requesters - self.contributors):
            self._review(user, "approved")

    @invariant()
    def as_the_oracle_says(self):
        if not hasattr(self, "content"):
            return
        facts = self.facts()
        decision = decide(RULES, facts)
        blocking = {each.user.lower() for each in decision.blockers}
        assert blocking >= self.objections()
        assert decision.open is (self.satisfied() and not blocking)
        given = {one.user.lower() for each in decision.requirements for one in each.given}
        assert given.isdisjoint({*self.requesters, *self.contributors, BOT, "evil[bot]"})

    @invariant()
    def an_approval_closes_no_gate(self):
        if hasattr(self, "content") and decide(RULES, self.facts()).open:
            assert what_if(RULES, self.facts(), "mia").open


TestWithoutRights = WithoutRights.TestCase
TestAnybody = Anybody.TestCase
TestWithoutRights.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestAnybody.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_machine_can_turn_green():
    """Else it would prove nothing."""
    state = Anybody()
    state.open({"src/a.py", "docs/x.md"}, {"risky"})
    assert not decide(RULES, state.facts()).open
    state.all_approve()
    assert decide(RULES, state.facts()).open and state.satisfied()
    state.replay()
    assert decide(RULES, state.facts()).open
