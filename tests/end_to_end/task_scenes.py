"""Where a play begins, and what may happen in it; a deed is its name and what it is about.

A scene is a few deeds that set up what is likely to go wrong; plays begin with one of each kind in turn.
"""

from hypothesis import strategies as st

from bot.contracts.task import STATES
from tests.end_to_end.task_history import Rules
from tests.end_to_end.task_stage import FAULTS, PATHS

authors = st.sampled_from(["ada", "rex"])
inline = st.booleans()
paths = st.sampled_from(PATHS)
HOLD = "graftsman/hold"
which = st.integers(0, 9)
picks = st.lists(st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, -1, -2]), max_size=2).map(tuple)
lanes = st.sampled_from(["", "", "design", "design", "build", "build", "nowhere"])


turns = st.sampled_from(
    [
        [],
        [("merges", 0, "squash")],
        [("closes", 0, "not_planned")],
        [("writes", 1, "ada", (), False, "design", ())],
    ]
).map(lambda deeds: [("rests",), *deeds] if deeds else [])
"""What becomes of the first task, or of the second one's text."""


@st.composite
def chains(draw):
    """Tasks that wait for each other, one of them perhaps a part of another one."""
    second, third = draw(st.sampled_from([(0,), (0,), ()])), draw(st.sampled_from([(1,), (0,), (0, 1), ()]))
    deeds = [
        ("opens", draw(authors), "ada", (), False, "", draw(paths)),
        ("opens", "ada", "ben", second, draw(inline), "build", draw(paths)),
        ("opens", "ada", "ben", third, draw(inline), "", ()),
    ]
    part = draw(st.sampled_from([None, (2, 0), (2, 1), (1, 0), (0, 2)]))
    held = draw(st.sampled_from([None, 1, 1, 2]))
    deeds += [("adopts", *part)] if part else []
    deeds += [("labels", held, "ada", HOLD)] if held else []
    return [*deeds, *draw(turns)]


@st.composite
def epics(draw):
    """An epic that waits for a task, with two parts; a task that waits for the epic or for a part."""
    second = draw(st.sampled_from([(), (2,)]))
    return [
        ("opens", "ada", "ada", (), False, "", ()),
        ("opens", "ada", "ben", draw(st.sampled_from([(0,), (0,), ()])), draw(inline), "", ()),
        ("opens", draw(authors), "", draw(st.sampled_from([(), (0,)])), draw(inline), "build", draw(paths)),
        ("opens", "ada", "", second, draw(inline), "", ()),
        ("adopts", 2, 1),
        ("adopts", 3, 1),
        *[("labels", 2, "ada", HOLD) for _ in range(draw(st.integers(0, 1)))],
        ("labels", 2, "ada", "task"),
        ("labels", 2, "ada", "task"),
        ("opens", "ada", "ada", draw(st.sampled_from([(1,), (2,), (1, 2)])), draw(inline), "", ()),
        *draw(turns),
    ]


@st.composite
def crowds(draw):
    """More tasks than may be at work at once, in lanes, and two of them on the same file."""
    lanes = draw(st.permutations(["design", "build", "build", ""]))
    most = draw(st.sampled_from([2, 2, 1]))
    wants = draw(st.sampled_from([(), (0,)]))
    return [
        ("rules_are", Rules(most, True)),
        ("rests",),
        *[("opens", "ada", "ben", wants if at == 3 else (), False, lane, ()) for at, lane in enumerate(lanes)],
        ("settles",),
        ("pushes", 0, "src/a.py", False),
        ("pushes", 1, "src/a.py", False),
    ]


SCENES = (chains(), epics(), crowds())

OFTEN = {
    "opens": (1, authors, st.sampled_from(["ada", "ben", "tess", ""]), picks, inline, lanes, paths),
    "writes": (5, which, st.sampled_from(["ada", "ada", "rex"]), picks, inline, lanes, paths),
    "renames": (2, which, st.sampled_from(["Other work", "Work 0", "Ünïcode"])),
    "labels": (1, which, st.sampled_from(["ada", "tess"]), st.sampled_from(["task", "lane/design", "lane/build"])),
    "toggles": (4, which, st.sampled_from(["task", "task", HOLD, HOLD, "graftsman/pilot"])),
    "wrong_status": (1, which, st.sampled_from(STATES), st.booleans()),
    "closes": (4, which, st.sampled_from(["completed", "not_planned"])),
    "reopens": (2, which),
    "blocks": (2, which, which),
    "unblocks": (2, which, which),
    "adopts": (2, which, which),
    "leaves_epic": (1, which),
    "pushes": (4, which, st.sampled_from(["src/a.py", "src/a.py", "src/b.py", "docs/x.md"]), st.booleans()),
    "drafts": (1, which, st.booleans()),
    "merges": (4, which, st.sampled_from(["merge", "squash", "rebase"])),
    "closes_pull": (1, which),
    "reopens_pull": (1, which),
    "deletes_branch": (1, which),
    "says": (3, which, st.sampled_from(["/start", "/start", "/retry", "/retry", "/hold", "/unhold"])),
    "subsumes": (3, which, st.lists(which, min_size=1, max_size=2, unique=True)),
    "rules_are": (
        2,
        st.builds(Rules, st.sampled_from([None, 1, 2, 2, 10, 10]), st.sampled_from([True, True, True, False])),
    ),
    "moves_main": (1,),
    "restarts": (1, st.booleans()),
    "wire": (1, st.sampled_from(["lost", "doubled", "late", "mended"])),
    "fault": (2, st.sampled_from(FAULTS), st.booleans(), st.booleans()),
}
"""What may happen, how often for one of the rarest, and what it is about."""
DEEDS = st.sampled_from([name for name, (often, *_) in OFTEN.items() for _ in range(often)]).flatmap(
    lambda name: st.tuples(st.just(name), *OFTEN[name][1:])
)
