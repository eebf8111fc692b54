"""The graphs of depends_on and of what collides, as Mermaid."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.task import STATES
from bot.playground.pages.mermaid import parse
from bot.reports.mermaid import (
    MAX_EDGES,
    MAX_NODES,
    Colliding,
    Node,
    TaskNode,
    conflict_graph,
    dependency_graph,
    task_graph,
)


def test_only_linked_folders_are_drawn():
    text = dependency_graph([Node("a", "merged"), Node("b", "open", ("a",)), Node("alone", "open")])
    assert text.splitlines() == [
        "flowchart LR",
        '  f0["a"]:::merged',
        '  f1["b"]:::open',
        "  f0 --> f1",
        "  classDef merged fill:#1a7f37,color:#fff",
        "  classDef open fill:#0969da,color:#fff",
    ]


def test_nothing_to_draw():
    assert dependency_graph([Node("a", "open"), Node("b", "open")]) is None


def test_too_large_to_draw():
    nodes = [Node("n0", "open"), *(Node(f"n{i}", "open", (f"n{i - 1}",)) for i in range(1, MAX_NODES + 1))]
    assert dependency_graph(nodes) is None


def test_labels_hold_no_markup():
    text = dependency_graph([Node('x"]; click', "open"), Node("b", "open", ('x"]; click',))])
    assert '"];' not in text.replace('"]:::', "")


def test_what_collides_is_drawn_from_the_first_to_the_second():
    text = conflict_graph([Colliding(3, 'On "x"]; @you', "open"), Colliding(12, "Two", "waiting")], [(3, 12)])
    assert text.splitlines() == [
        "flowchart LR",
        '  p3["#35;3 On _x___ _you"]:::open',
        '  p12["#35;12 Two"]:::waiting',
        "  p3 --> p12",
        "  classDef open fill:#0969da,color:#fff",
        "  classDef waiting fill:#fff8c5,color:#1f2328",
    ]


def test_nothing_collides_or_too_much_does():
    assert conflict_graph([], []) is None
    nodes = [Colliding(number, "", "open") for number in range(40)]
    edges = [(one, other) for one in range(40) for other in range(one)]
    assert len(edges) > MAX_EDGES and conflict_graph(nodes, edges) is None
    assert conflict_graph([*nodes] * 4, edges[:1]) is None


def tasks(text):
    """``a:ready b:blocked<a e:ready c:ready^e`` as nodes: ``<`` is what it waits for, ``^`` its epic."""
    made = []
    for word in text.split():
        name, _, rest = word.partition(":")
        rest, _, parent = rest.partition("^")
        state, _, waits = rest.partition("<")
        made.append(TaskNode(name, f"Title {name}", state, tuple(filter(None, waits.split(","))), parent or None))
    return made


def test_a_plan_is_drawn_with_states_and_its_critical_path():
    assert task_graph(tasks("a:ready b:blocked<a c:done^b"), ["a", "b"]).splitlines() == [
        "flowchart LR",
        '  t0["a Title a"]:::ready',
        '  t1["b Title b"]:::blocked',
        '  t2["c Title c"]:::done',
        "  t0 ==> t1",
        "  t2 -.-> t1",
        "  classDef blocked fill:#fff8c5,color:#1f2328",
        "  classDef done fill:#1a7f37,color:#fff",
        "  classDef ready fill:#ddf4ff,color:#1f2328",
    ]
    assert task_graph([]) is None


def test_every_state_has_its_colour():
    for state in STATES:
        assert f"classDef {state} fill:" in task_graph([TaskNode("a", "b", state)])


def test_a_large_plan_leaves_out_first_what_is_finished_then_sub_tasks():
    done = [TaskNode(f"d{n}", "x", "done") for n in range(MAX_NODES)]
    few = [*done, *tasks("e:ready c:ready^e f:ready<c")]
    assert task_graph(few).count("[") == 3
    many = [*done, *tasks("e:ready f:ready<c0"), *(TaskNode(f"c{n}", "x", "ready", (), "e") for n in range(MAX_NODES))]
    assert task_graph(many).splitlines()[1:4] == [
        '  t0["e Title e"]:::ready',
        '  t1["f Title f"]:::ready',
        "  t0 --> t1",
    ]
    assert task_graph([TaskNode(f"n{n}", "x", "ready") for n in range(MAX_NODES + 1)]) is None
    every = [TaskNode(f"n{n}", "x", "ready", tuple(f"n{m}" for m in range(n))) for n in range(40)]
    assert task_graph(every) is None


NAMES = st.text(st.sampled_from('ab "]`<>#;&@\n{}|()%\\é中-=~\u202e\u200b\ud800.:'), max_size=6)
NODES = st.builds(
    TaskNode,
    NAMES,
    st.lists(NAMES, max_size=20).map("".join),
    st.sampled_from(STATES),
    st.lists(NAMES, max_size=3).map(tuple),
    st.one_of(st.none(), NAMES),
)


@given(st.lists(NODES, max_size=9, unique_by=lambda node: node.id))
def test_hostile_titles_stay_labels(nodes):
    text = task_graph(nodes, [node.id for node in nodes])
    for line in (text or "flowchart LR").splitlines()[1:]:
        assert re.fullmatch(
            r'  t\d+\["[\w ./…-]*"\]:::[a-z-]+|  t\d+ (?:-->|==>|-\.->) t\d+|  classDef [a-z-]+ fill:#\w+,color:#\w+',
            line,
        ), line
    if text:
        assert parse(text) is not None


def test_circles_of_epics_end():
    circle = [TaskNode(f"n{n}", "x", "ready", (), f"n{(n + 1) % 200}") for n in range(200)]
    assert task_graph(circle).count("[") == 1
