"""The graph of depends_on, as Mermaid."""

from bot.reports.mermaid import MAX_NODES, Node, dependency_graph


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
