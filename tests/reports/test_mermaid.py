"""The graphs of depends_on and of what collides, as Mermaid."""

from bot.reports.mermaid import MAX_EDGES, MAX_NODES, Colliding, Node, conflict_graph, dependency_graph


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
    text = conflict_graph([Colliding(3, 'On "x"]; @you', "open"), Colliding(12, "Two", "waiting")], [(3, 12, 4)])
    assert text.splitlines() == [
        "flowchart LR",
        '  p3["#35;3 On _x___ _you"]:::open',
        '  p12["#35;12 Two"]:::waiting',
        "  p3 -->|4| p12",
        "  classDef open fill:#0969da,color:#fff",
        "  classDef waiting fill:#fff8c5,color:#1f2328",
    ]


def test_nothing_collides_or_too_much_does():
    assert conflict_graph([], []) is None
    nodes = [Colliding(number, "", "open") for number in range(40)]
    edges = [(one, other, 1) for one in range(40) for other in range(one)]
    assert len(edges) > MAX_EDGES and conflict_graph(nodes, edges) is None
    assert conflict_graph([*nodes] * 4, edges[:1]) is None
