"""A head that is worse never passes: the decision against a much simpler reading of the same law."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.planning.specs.judge import judge, wanted_approvals
from bot.planning.specs.model import GONE, ApprovalKey, ApprovalRecord
from bot.planning.specs.read import read_spec
from tests.planning.specs.samples import TODAY, case, spec

PATHS = ("src/a", "src/b", "lib/a", "x")
COVERS = {"[]": (), '["src/**"]': ("src/a", "src/b"), '["lib/a", "x"]': ("lib/a", "x"), '["**"]': PATHS}
DAYS = {"2026-11-20": True, "2026-01-01": False, "2027-06-01": False, None: False, "soon": False}

SPECS = st.builds(
    lambda name, covers, day, body, title: (covers, day, title, spec(name, covers, day, title, body)),
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(sorted(COVERS)),
    st.sampled_from(list(DAYS)),
    st.sampled_from(["a\n", "b\n"]),
    st.sampled_from(["T", "T", "T", None]),
)
SETS = st.dictionaries(st.sampled_from([f"tasks/specs/{n}.md" for n in range(4)]), SPECS, max_size=3)
FILES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from("12"), max_size=4)


def contents(specs):
    return {path: read_spec(path, text.encode()).content for path, (_, _, _, text) in specs.items()}


@settings(max_examples=400)
@given(SETS, SETS, FILES, FILES, st.lists(st.sampled_from(PATHS), max_size=2), st.data())
def test_a_worse_head_never_passes(before, after, old, new, guarded, data):
    base = {path: text for path, (*_, text) in before.items()} | old
    head = {path: text for path, (*_, text) in after.items()} | new
    looked = case(base, head, approvals={}, guarded=guarded)
    given_keys = [key for key in wanted_approvals(looked) if data.draw(st.booleans())]
    approvals = {key: ApprovalRecord(("ann",)) for key in given_keys}
    made = judge(case(base, head, approvals=approvals, guarded=guarded))
    was, now = contents(before), contents(after)

    def approved(path):
        keys = [ApprovalKey(path, now[path])]
        keys += [ApprovalKey(other, now[path]) for other in was if other not in now and was[other] == now[path]]
        return any(key in approvals for key in keys)

    if made.conclusion == "failure":
        assert made.worse
        return
    changed = [path for path in PATHS if old.get(path) != new.get(path)]
    for path in changed:
        asked = path in guarded or any(path in COVERS[each[0]] for each in (*before.values(), *after.values()))
        good = [
            name
            for name, (covers, day, title, _) in after.items()
            if path in COVERS[covers] and DAYS[day] and title and approved(name)
        ]
        assert good or not asked, (path, made)
    for path, content in now.items():
        unchanged = content in was.values()
        assert unchanged or approved(path), (path, made)
    if len(now) < len(was):
        assert any(key.content == GONE for key in approvals)
    for name, (_, day, title, _) in after.items():
        if name in before and before[name][1] == "2026-11-20" and before[name][2] and title:
            assert DAYS[day], (name, made)
    assert TODAY.isoformat() == "2026-11-21"


@given(SETS, FILES)
def test_a_head_that_changes_nothing_passes(specs, files):
    both = {path: text for path, (*_, text) in specs.items()} | files
    made = judge(case(both, both, approvals={}, guarded=["**"]))
    assert made.conclusion == "neutral" and made.worse == () and made.wanted == ()


@given(SETS, SETS, FILES, FILES)
def test_offline_passes_no_more_than_with_every_approval(before, after, old, new):
    base = {path: text for path, (*_, text) in before.items()} | old
    head = {path: text for path, (*_, text) in after.items()} | new
    looked = case(base, head, approvals={})
    everything = {key: ApprovalRecord(("ann",)) for key in wanted_approvals(looked)}
    online, offline = judge(case(base, head, approvals=everything)), judge(case(base, head, approvals="not-checked"))
    assert online.conclusion == offline.conclusion
    assert {f.key for f in online.findings} <= {f.key for f in offline.findings}
