"""Where a play begins: a few deeds that set up what is likely to go wrong, one scene of each kind in turn."""

from hypothesis import strategies as st

from tests.end_to_end.task_deeds import PATHS, Rules

authors = st.sampled_from(["ada", "rex"])
inline = st.booleans()
paths = st.sampled_from(PATHS)


@st.composite
def chains(draw):
    """Tasks that wait for each other, one of them perhaps a part of another one."""
    second, third = draw(st.sampled_from([(0,), ()])), draw(st.sampled_from([(1,), (0,), (0, 1), ()]))
    deeds = [
        ("opens", draw(authors), "ada", (), False, "", draw(paths)),
        ("opens", "ada", "ben", second, draw(inline), "build", draw(paths)),
        ("opens", "ada", "ben", third, draw(inline), "", ()),
    ]
    part = draw(st.sampled_from([None, (2, 0), (2, 1), (1, 0), (0, 2)]))
    return [*deeds, *([("adopts", *part)] if part else [])]


@st.composite
def epics(draw):
    """An epic that waits for a task, with a part; a task that waits for the epic or for its part."""
    return [
        ("opens", "ada", "ada", (), False, "", ()),
        ("opens", "ada", "ben", draw(st.sampled_from([(0,), (0,), ()])), draw(inline), "", ()),
        ("opens", draw(authors), "", draw(st.sampled_from([(), (0,)])), draw(inline), "build", draw(paths)),
        ("adopts", 2, 1),
        ("labels", 2, "ada", "task"),
        ("opens", "ada", "ada", draw(st.sampled_from([(1,), (2,), (1, 2)])), draw(inline), "", ()),
    ]


@st.composite
def crowds(draw):
    """More tasks than may be at work at once, in lanes, and two of them on the same file."""
    lanes = draw(st.permutations(["design", "build", "build", ""]))
    most = draw(st.sampled_from([2, 2, 1]))
    wants = draw(st.sampled_from([(), (0,)]))
    return [
        ("rules_are", Rules(most, True)),
        *[("opens", "ada", "ben", wants if at == 3 else (), False, lane, ()) for at, lane in enumerate(lanes)],
        ("settles",),
        ("pushes", 0, "src/a.py", "a = 1.0\n"),
        ("pushes", 1, "src/a.py", "a = 1.1\n"),
    ]


SCENES = (chains(), epics(), crowds())
